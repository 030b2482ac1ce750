// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Probe;
import dev.weir.agent.view.DriftView;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// Blue, where one port is open and another is not, and what an agent tells of drift.
abstract class DriftRig extends HostTest {
    static final String BLUE = "10.10.0.3";
    static final int OPEN = 80;
    static final int SHUT = 81;

    private ServerSocket open;
    private ServerSocket shut;

    @BeforeEach
    void build() {
        redAndBlue();
        save("blue.yaml", allowing(OPEN));
        open = Probe.echo("blue", BLUE, OPEN);
        shut = Probe.echo("blue", BLUE, SHUT);
    }

    @AfterEach
    void stop() throws IOException {
        open.close();
        shut.close();
    }

    static String allowing(int port) {
        return """
                applies-to: {namespaces: [blue]}
                ingress: {default: deny, rules: [{allow: tcp/%d}]}
                """.formatted(port);
    }

    static void assertEnforced() {
        assertTrue(Inside.connectsAtLast("red", BLUE, OPEN));
        assertFalse(reaches(SHUT));
    }

    static boolean reaches(int port) {
        return Probe.attempt("red", BLUE, port, SILENCE_MILLIS) == Probe.Outcome.CONNECTED;
    }

    static Stream<DriftView> drift(LocalAgent agent, String kind) {
        return agent.view().status().drift().stream()
                .filter(drift -> drift.kind().equals(kind));
    }

    /// Waits until something of this kind was mended.
    static DriftView awaitMended(LocalAgent agent, String kind) {
        Await.until(
                kind + " is mended",
                () -> agent.view().status().drift(),
                () -> drift(agent, kind).anyMatch(drift -> drift.ended() != null));
        return drift(agent, kind).findFirst().orElseThrow();
    }

    /// Waits until something of this kind is told, and is there still.
    static DriftView awaitAlarm(LocalAgent agent, String kind) {
        Await.until(
                kind + " is told",
                () -> agent.view().status().drift(),
                () -> drift(agent, kind).anyMatch(drift -> drift.ended() == null));
        return drift(agent, kind).findFirst().orElseThrow();
    }

    static void awaitEnforced(LocalAgent agent, String device) {
        Await.until(
                device + " is enforced",
                () -> agent.view().status(),
                () -> agent.view().status().devices().stream()
                        .anyMatch(view -> view.device().equals(device) && view.attached()));
    }
}
