// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// A bridge that policies begin to select while conversations go by it.
class SelectedBridgeTest extends HostTest {
    private static final String GREEN = "10.20.0.2";
    private static final int GREEN_PORT = 90;
    private static final int CONVERSATIONS = 8;
    private static final String POLICY = """
            policy: segment
            applies-to: {devices: [br0]}
            ingress: {default: deny}
            egress: {default: deny, rules: [{name: out, allow: udp/90-99}]}
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
                DatagramSocket server = Inside.open("green", GREEN, GREEN_PORT)) {
            Thread.ofPlatform().daemon().start(() -> answerLater(server, later, late));
            ask(asking, 50);
            save("segment.yaml", POLICY);
            Await.until("the bridge is guarded", asking::size, () -> {
                ask(asking, asking.size() < 1_000 ? 1 : 0);
                return isGuarded(agent);
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

    /// Each asks every 40 ms and is told something every 5 ms, so that what the bridge sees first is mostly of the side
    /// that may not open; and seldom enough that nothing is lost where a busy machine holds up who listens.
    @Test
    void conversationsGoOnWhoeverIsSeenFirst() throws IOException {
        redBlueAndGreen();
        List<Conversation> conversations = new ArrayList<>();
        try (LocalAgent agent = LocalAgent.start(config());
                ScheduledExecutorService both = Executors.newScheduledThreadPool(2)) {
            for (int i = 0; i < CONVERSATIONS; i++) {
                conversations.add(new Conversation(GREEN_PORT + i));
            }
            conversations.forEach(each -> each.begin(both));
            conversations.forEach(each -> each.awaitHeard(10));
            save("segment.yaml", POLICY);
            Await.until("the bridge is guarded", conversations::toString, () -> isGuarded(agent));
            conversations.forEach(each -> each.awaitHeard(each.said.get() + 20));
        } finally {
            conversations.forEach(Conversation::close);
        }
        conversations.forEach(Conversation::assertLostNothing);
    }

    /// A namespace asks another, over the host's bridge and routes, and gets many answers.
    private static final class Conversation implements AutoCloseable {
        private final int port;
        private final DatagramSocket asking = Inside.open("red", "0.0.0.0", 0);
        private final DatagramSocket saying;
        private final DatagramPacket question = new DatagramPacket(new byte[1], 1);
        private final AtomicInteger said = new AtomicInteger();
        private final BitSet heard = new BitSet();

        Conversation(int port) throws IOException {
            this.port = port;
            this.saying = Inside.open("green", GREEN, port);
            ask();
            saying.receive(question);
        }

        void begin(ScheduledExecutorService both) {
            Thread.ofPlatform().daemon().start(this::hear);
            repeat(both, 40, this::ask);
            repeat(both, 5, this::say);
        }

        private void ask() throws IOException {
            Inside.send(asking, GREEN, port, 1);
        }

        private void say() throws IOException {
            byte[] number = ByteBuffer.allocate(Integer.BYTES)
                    .putInt(said.getAndIncrement())
                    .array();
            saying.send(new DatagramPacket(number, number.length, question.getSocketAddress()));
        }

        private void hear() {
            ByteBuffer number = ByteBuffer.allocate(Integer.BYTES);
            try {
                while (true) {
                    asking.receive(new DatagramPacket(number.array(), Integer.BYTES));
                    synchronized (heard) {
                        heard.set(number.getInt(0));
                    }
                }
            } catch (IOException e) {
                // the test is over
            }
        }

        void awaitHeard(int number) {
            Await.until("what comes after " + number + " is heard", this::toString, () -> {
                synchronized (heard) {
                    return heard.length() > number;
                }
            });
        }

        void assertLostNothing() {
            synchronized (heard) {
                assertEquals(heard.length(), heard.cardinality(), this::toString);
            }
        }

        @Override
        public void close() {
            asking.close();
            saying.close();
        }

        /// What was lost, and the last that was heard.
        @Override
        public String toString() {
            synchronized (heard) {
                BitSet lost = new BitSet();
                lost.set(0, heard.length());
                lost.andNot(heard);
                return "to port %d %s lost before %d".formatted(port, lost, heard.length());
            }
        }
    }

    private interface Sending {
        void send() throws IOException;
    }

    private static void repeat(ScheduledExecutorService by, int everyMillis, Sending sending) {
        var _ = by.scheduleAtFixedRate(
                () -> {
                    try {
                        sending.send();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                0,
                everyMillis,
                TimeUnit.MILLISECONDS);
    }

    private static boolean isGuarded(LocalAgent agent) {
        return agent.report().subjects().devices().stream()
                .anyMatch(device -> device.name().equals("br0"));
    }

    private static void ask(List<DatagramSocket> asking, int questions) {
        try {
            for (int i = 0; i < questions; i++) {
                DatagramSocket socket = Inside.open("red", "0.0.0.0", 0);
                asking.add(socket);
                Inside.send(socket, GREEN, GREEN_PORT, 1);
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
