// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// A bridge that policies begin to select while conversations go by it.
class SelectedBridgeTest extends HostTest {
    private static final String GREEN = "10.20.0.2";
    private static final String POLICY = """
            policy: segment
            applies-to: {devices: [br0]}
            ingress: {default: deny}
            egress: {default: deny, rules: [{name: out, allow: udp/90}]}
            """;

    /// Each from a port of its own, and answered after 50 ms. An answer that a busy machine has held back for longer
    /// than a bridge is watched proves nothing.
    @Test
    void answersThatAreUnderWayPass() throws IOException {
        redBlueAndGreen();
        Set<Integer> unanswered = new TreeSet<>();
        Set<Integer> late = ConcurrentHashMap.newKeySet();
        List<DatagramSocket> asking = new ArrayList<>();
        try (LocalAgent agent = LocalAgent.start(config());
                ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
                DatagramSocket server = Inside.open("green", GREEN, 90)) {
            Thread.ofPlatform().daemon().start(() -> answerLater(server, later, late));
            ask(asking, 50);
            save("segment.yaml", POLICY);
            Await.until("the bridge is guarded", asking::size, () -> {
                ask(asking, asking.size() < 1_000 ? 1 : 0);
                return agent.report().subjects().devices().stream()
                        .anyMatch(device -> device.name().equals("br0"));
            });
            for (DatagramSocket socket : asking) {
                if (!Inside.hears(socket)) {
                    unanswered.add(socket.getLocalPort());
                }
            }
        } finally {
            asking.forEach(DatagramSocket::close);
        }
        unanswered.removeAll(late);
        assertEquals(Set.of(), unanswered, () -> "of " + asking.size());
        assertTrue(late.size() < asking.size() / 2, () -> late.size() + " were late of " + asking.size());
    }

    private static void ask(List<DatagramSocket> asking, int questions) {
        try {
            for (int i = 0; i < questions; i++) {
                DatagramSocket socket = Inside.open("red", "0.0.0.0", 0);
                asking.add(socket);
                Inside.send(socket, GREEN, 90, 1);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void answerLater(DatagramSocket server, ScheduledExecutorService later, Set<Integer> late) {
        try {
            while (true) {
                DatagramPacket question = new DatagramPacket(new byte[64], 64);
                server.receive(question);
                long arrived = System.nanoTime();
                var _ = later.schedule(
                        () -> {
                            server.send(question);
                            if (System.nanoTime() - arrived > 150_000_000) {
                                late.add(question.getPort());
                            }
                            return null;
                        },
                        50,
                        TimeUnit.MILLISECONDS);
            }
        } catch (IOException | RejectedExecutionException e) {
            // the test is over
        }
    }
}
