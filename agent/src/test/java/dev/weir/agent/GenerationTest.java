// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A packet that crosses two devices is judged at both by one generation, while policies change without end. Neither of
/// two sets of policies lets a certain packet through, each for a reason of its own; any mix of them would.
class GenerationTest extends HostTest {
    private static final int CHANGES = 120;
    private static final int NEVER = 1000;
    private static final int ALWAYS = 1001;

    /// Reports of multicast membership and the like do not matter here.
    private static final String POLICY = """
            policy: %1$s
            applies-to: {%2$s}
            priority: %3$d
            %4$s:
              rules:
                - {allow: udp/1001}
                - {%5$s: udp/1000}
            """;

    private final Path current = home.resolve("current");

    /// Makes the directory of one set of policies.
    ///
    /// @param bridge what the bridge says: `allow`, `deny`, or `-` for no policy on it
    private void set(String name, String namespace, String direction, String veth, String bridge) throws IOException {
        Path set = Files.createDirectory(home.resolve(name));
        Files.writeString(
                set.resolve("veth.yaml"),
                POLICY.formatted("veth", "namespaces: [%s]".formatted(namespace), 100, direction, veth));
        if (!bridge.equals("-")) {
            Files.writeString(
                    set.resolve("bridge.yaml"),
                    POLICY.formatted(
                            "bridge",
                            "devices: [br0]",
                            200,
                            namespace.equals("green") ? "ingress" : direction,
                            bridge));
        }
    }

    private void select(String set) throws IOException {
        Path link = Files.createSymbolicLink(home.resolve("draft"), home.resolve(set));
        Files.move(link, current, StandardCopyOption.ATOMIC_MOVE);
    }

    /// Sends to both ports without end; in numbers, so that it is seen to go on.
    private static final class Flood implements AutoCloseable {
        private final AtomicLong sent = new AtomicLong();
        private final Thread sender;
        private volatile boolean ended;

        Flood(String namespace, String address) {
            sender = Thread.ofPlatform().start(() -> {
                try (DatagramSocket socket = Inside.open(namespace, "0.0.0.0", 0)) {
                    DatagramPacket never = new DatagramPacket(new byte[32], 32, InetAddress.ofLiteral(address), NEVER);
                    DatagramPacket always =
                            new DatagramPacket(new byte[32], 32, InetAddress.ofLiteral(address), ALWAYS);
                    while (!ended) {
                        for (int i = 0; i < 64; i++) {
                            socket.send(never);
                        }
                        socket.send(always);
                        sent.addAndGet(64);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }

        long sent() {
            return sent.get();
        }

        @Override
        public void close() {
            ended = true;
            try {
                sender.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /// Counts what arrives.
    private static DatagramSocket sink(String namespace, String address, int port, AtomicLong arrived) {
        DatagramSocket socket = Inside.open(namespace, address, port);
        Thread.ofPlatform().daemon().start(() -> {
            DatagramPacket packet = new DatagramPacket(new byte[64], 64);
            try {
                while (true) {
                    socket.receive(packet);
                    arrived.incrementAndGet();
                }
            } catch (IOException e) {
                // closed
            }
        });
        return socket;
    }

    @ParameterizedTest(name = "from {0}: {2} and {3}, then {4} and {5}")
    @CsvSource({
        "red,   10.10.0.1, allow, deny, deny,  allow", // into the host: the ingress hooks of veth and bridge
        "red,   10.10.0.1, allow, deny, deny,  -", // the bridge is let go
        "green, 10.10.0.3, allow, deny, deny,  allow", // routed: the ingress hook of the veth, the egress hook of the
        // bridge
        "green, 10.10.0.3, allow, deny, deny,  -"
    })
    void nothingPassesByAMixOfTwoGenerations(
            String from, String to, String veth, String bridge, String newVeth, String newBridge) throws IOException {
        redBlueAndGreen();
        set("first", from, "egress", veth, bridge);
        set("second", from, "egress", newVeth, newBridge);
        select("first");
        String holder = from.equals("red") ? Inside.HOST : "blue";
        AtomicLong mixed = new AtomicLong();
        AtomicLong passed = new AtomicLong();
        try (LocalAgent agent = LocalAgent.start(config().withPolicies(current));
                DatagramSocket never = sink(holder, to, NEVER, mixed);
                DatagramSocket always = sink(holder, to, ALWAYS, passed);
                Flood flood = new Flood(from, to)) {
            assertTrue(never.isBound() && always.isBound());
            long sent = 0;
            for (int i = 0; i < CHANGES; i++) {
                select(i % 2 == 0 ? "second" : "first");
                agent.awaitReload();
                long before = sent;
                Await.until("packets are sent by the new policies", () -> flood.sent() > before + 1000);
                sent = flood.sent();
            }
            assertEquals(0, mixed.get(), () -> "of " + flood.sent() + " packets that no generation lets through");
            assertTrue(passed.get() > CHANGES, "what both let through has come");
        }
    }
}
