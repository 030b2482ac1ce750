// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.flow.KernelView;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.view.EventPage;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// Red may open one of two ports of blue, as the policy says, and no other; then something fails.
abstract class FaultTest extends HostTest {
    /// What the kernel may say at any time to a call that is right.
    static final List<String> ERRORS = List.of("ENOMEM", "ENOSPC", "EBUSY", "EPERM");

    static final String ENFORCER = "weir-enforcer";

    private static final String BLUE = "10.10.0.3";

    /// Whether each call is made to fail, not only some of each kind.
    private static final boolean EVERY = Boolean.getBoolean("weir.prove");

    final Path log = home.resolve("calls");
    private ServerSocket web;
    private ServerSocket admin;

    @BeforeEach
    void build() {
        redAndBlue();
        open(80);
        web = Probe.echo("blue", BLUE, 80);
        admin = Probe.echo("blue", BLUE, 81);
    }

    @AfterEach
    void stop() throws IOException {
        web.close();
        admin.close();
    }

    /// Saves the policy that opens only this port, 80 or 81.
    void open(int port) {
        save("web.yaml", """
                applies-to: {namespaces: [blue]}
                ingress:
                  default: deny
                  rules:
                    - {allow: tcp/%d, from: "namespace:red"}
                """.formatted(port));
    }

    static boolean reaches(int port) {
        return Probe.attempt("red", BLUE, port, SILENCE_MILLIS) == Probe.Outcome.CONNECTED;
    }

    /// One policy is enforced as a whole.
    static void assertOpen(int port) {
        assertTrue(Inside.connectsAtLast("red", BLUE, port), "tcp/" + port + " is open");
        assertFalse(reaches(161 - port), "tcp/" + (161 - port) + " is closed");
    }

    void assertNothingEnforced() {
        for (int port : List.of(80, 81)) {
            assertTrue(Inside.connectsAtLast("red", BLUE, port), "nothing is enforced");
        }
        assertEquals(List.of(), attachments("veth-blue"));
        assertFalse(pins.root().toFile().exists(), "nothing is pinned");
    }

    /// The number of policy changes that the kernel has seen.
    long generation() {
        try (KernelView view = new KernelView(pins, _ -> EventPage.EMPTY)) {
            return view.status().generation();
        }
    }

    AgentProcess agent() {
        return AgentProcess.enforcing(policies, pins.root());
    }

    AgentProcess starting(Strace strace) {
        return AgentProcess.starting(
                strace.command(),
                "--policies",
                policies.toString(),
                "--bpffs",
                pins.root().toString());
    }

    /// The last of each kind, and of those that are many one from their middle.
    static List<Strace.Call> some(List<Strace.Call> calls) {
        if (EVERY) {
            return calls;
        }
        Set<Strace.Call> chosen = new LinkedHashSet<>();
        Strace.byKind(calls).values().forEach(same -> {
            if (same.size() > 4) {
                chosen.add(same.get(same.size() / 2));
            }
            chosen.add(same.getLast());
        });
        return List.copyOf(chosen);
    }
}
