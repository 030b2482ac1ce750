// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static dev.weir.agent.Golden.assertGolden;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.weir.agent.http.HttpServer;
import dev.weir.agent.view.DoctorView;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.agent.view.StatusView;
import java.nio.file.Files;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What `weir doctor` prints, and how it ends.
class DoctorCommandTest extends CommandTest {
    private static final Finding LOOPBACK = Finding.error(
            Pitfall.LOOPBACK_DOWN,
            "namespace red",
            "its loopback is down",
            "whatever talks to itself in there gets no answer",
            "ip -n red link set dev lo up");
    private static final Finding XDP = Finding.warning(
            Pitfall.XDP_ON_VETH,
            "device veth-\u001b[31m",
            "XDP program 7 is on this veth",
            "it costs",
            "true '\u001b[31m'");

    private Outcome doctor(String... more) {
        String[] arguments = new String[more.length + 3];
        arguments[0] = "doctor";
        arguments[1] = "--config";
        arguments[2] = config.toString();
        System.arraycopy(more, 0, arguments, 3, more.length);
        return weir(arguments);
    }

    @Test
    void soundHostIsSaidToBeSound() {
        Outcome outcome = doctor();
        assertEquals(ExitCode.OK, outcome.code());
        assertEquals("nothing is wrong; 3 namespaces and 7 devices were looked at\n", outcome.out());
        assertEquals("", outcome.err());
    }

    @Test
    void findingsAreAsRecorded() throws Exception {
        examined = new DoctorView(List.of(LOOPBACK, XDP), 3, 7, List.of(), true);
        Outcome outcome = doctor();
        assertEquals(ExitCode.FAILED, outcome.code());
        assertGolden("doctor.txt", outcome.out());
        Outcome json = doctor("--output", "json");
        assertEquals(ExitCode.FAILED, json.code());
        assertGolden("doctor.json", json.out());
    }

    @Test
    void whatItMayNotLookAtIsToldAndEndsWithThree() {
        examined = new DoctorView(List.of(LOOPBACK), 1, 1, List.of("not looked at: namespace blue"), false);
        Outcome outcome = doctor();
        assertEquals(ExitCode.NOT_PERMITTED, outcome.code());
        assertEquals("weir: not looked at: namespace blue\n", outcome.err());
    }

    @Test
    void agentIsAskedIfOneRuns() throws Exception {
        doctor();
        assertNull(askedWith);
        try (HttpServer server = serve()) {
            Files.writeString(config, "listen: 127.0.0.1:" + server.address().getPort() + "\n");
            doctor();
            assertEquals(
                    StatusView.State.ENFORCING,
                    Objects.requireNonNull(askedWith).state());
        }
        Outcome outcome = doctor("--agent", "127.0.0.1:1");
        assertEquals(ExitCode.FAILED, outcome.code());
    }
}
