// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.http.HttpServer;
import dev.weir.agent.view.SampleView;
import dev.weir.agent.view.StatusView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `weir attach` and `weir netns` over an agent that answers as it is told.
class NetnsCommandTest extends CommandTest {
    private Outcome asked(String line) throws Exception {
        try (HttpServer server = serve()) {
            List<String> words = new ArrayList<>(List.of(line.split(" ")));
            words.addAll(List.of("--agent", "127.0.0.1:" + server.address().getPort()));
            return weir(words.toArray(String[]::new));
        }
    }

    @Test
    void attachReturnsAtOnceForWhatIsEnforced() throws Exception {
        assertEquals(
                new Outcome(ExitCode.OK, "veth-blue of blue is enforced\n", ""), asked("attach --device veth-blue"));
        assertEquals(
                ExitCode.OK, asked("attach --device veth-blue --namespace blue").code());
    }

    @Test
    void attachWaitsForTheAgent() throws Exception {
        AtomicInteger questions = new AtomicInteger();
        view.status = () -> questions.incrementAndGet() < 4
                ? SampleView.status(StatusView.State.NOT_ENFORCING)
                : SampleView.status(StatusView.State.ENFORCING, SampleView.ATTACHED);
        assertEquals(ExitCode.OK, asked("attach --device veth-blue").code());
        assertEquals(4, questions.get());
    }

    @Test
    void attachGivesTheReasonOfTheAgent() throws Exception {
        view.status = () -> SampleView.status(StatusView.State.NOT_ENFORCING, SampleView.ATTACHED, SampleView.DETACHED);
        assertEquals(
                new Outcome(
                        ExitCode.FAILED,
                        "",
                        "weir: device veth-red is not enforced after 20 ms: attach weir_tcx_in: EPERM\n"),
                asked("attach --device veth-red --timeout 20ms"));
        assertEquals(
                "weir: device veth-blue is not enforced after 20 ms: it leads to namespace blue, not to red\n",
                asked("attach --device veth-blue --namespace red --timeout 20ms")
                        .err());
        assertTrue(asked("attach --device veth-x --timeout 20ms").err().contains("the agent knows no such device"));
    }

    @Test
    void withoutAnAgentNothingIsEnforced() {
        String none =
                "weir: no agent runs at 127.0.0.1:1: start one with `weir run`, or say where it is with --agent\n";
        for (String line : List.of("attach --device veth-blue", "netns add blue --bridge br0 --address 10.0.0.2/24")) {
            assertEquals(
                    new Outcome(ExitCode.FAILED, "", none), weir((line + " --agent 127.0.0.1:1").split(" ")), line);
        }
    }

    @Test
    void namespaceIsMadeOnceItsAddressesAreGranted() throws Exception {
        assertEquals(
                new Outcome(
                        ExitCode.OK,
                        "namespace blue is enforced: 10.0.0.2/24, 2001:db8::2/64 behind veth-blue on br0\n",
                        ""),
                asked("netns add blue --bridge br0 --address 10.0.0.2/24 --address 2001:db8::2/64"));
        assertEquals(
                "weir: device veth-blue is not enforced after 20 ms: the agent does not grant it the address 192.0.2.1:"
                        + " the host holds it\n",
                asked("netns add blue --bridge br0 --address 192.0.2.1/24 --timeout 20ms")
                        .err());
    }

    @Test
    void delSaysWhatItDid() {
        assertEquals(
                new Outcome(
                        ExitCode.OK,
                        "removed device veth-blue\nremoved namespace blue\n",
                        "weir: 42 goes on\nweir: left alone: namespace x\n"),
                weir("netns", "del", "blue"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "attach",
                "attach --device veth-blue --timeout 5",
                "netns",
                "netns add",
                "netns add blue --bridge br0",
                "netns add blue --address 10.0.0.2/24",
                "netns add blue --bridge br0 --address 10.0.0.2",
                "netns add blue --bridge br0 --address 10.0.0.2/0",
                "netns add blue --bridge br0 --address 10.0.0.2/33",
                "netns add blue --bridge br0 --address 127.0.0.2/8",
                "netns add blue --bridge br;0 --address 10.0.0.2/24",
                "netns add ../blue --bridge br0 --address 10.0.0.2/24",
                "netns add -x --bridge br0 --address 10.0.0.2/24",
                "netns add a-name-too-long --bridge br0 --address 10.0.0.2/24",
                "netns del",
                "netns del a/b",
            })
    void misuseIsTold(String line) {
        assertEquals(ExitCode.USAGE, weir(line.split(" ")).code());
    }
}
