// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Packets from red to blue over their bridge, and from blue to green through the host's routes, that tell by which of
/// two generations they are judged. Some both let pass, some neither: of those each generation drops one end's own, so
/// that a mix would let them through, and so would no policy.
final class Witness implements AutoCloseable {
    static final List<String> NAMESPACES = List.of("red", "blue", "green");

    private static final int ALWAYS = 1001;
    private static final int NEVER = 1000;
    private static final int FIRST = 2001;
    private static final int SECOND = 2002;
    private static final int PATIENCE_MILLIS = 10_000;

    private final AtomicLong mixed = new AtomicLong();
    private final AtomicLong unanswered = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final List<Way> ways = List.of(new Way("red", "blue", "10.10.0.3"), new Way("blue", "green", "10.20.0.2"));
    private volatile boolean ended;

    enum Generation {
        FIRST,
        /// It selects the bridge too.
        SECOND;

        Generation other() {
            return this == FIRST ? SECOND : FIRST;
        }

        /// The one policy file of it.
        String policy() {
            return """
                    applies-to: {namespaces: [red, blue, green]%s}
                    ingress:
                      default: deny
                      rules: [{name: both, allow: [icmpv6, udp/1001]}, {name: own, allow: [udp/%d%s]}]
                    egress:
                      default: deny
                      rules: [{name: both, allow: [icmpv6, udp/1001]}, {name: own, allow: [udp/%d%s]}]
                    """.formatted(
                            this == FIRST ? "" : ", devices: [br0]",
                            this == FIRST ? Witness.FIRST : Witness.SECOND,
                            this == FIRST ? "" : ", udp/1000",
                            this == FIRST ? Witness.FIRST : Witness.SECOND,
                            this == FIRST ? ", udp/1000" : "");
        }
    }

    /// From one namespace to another.
    private final class Way implements AutoCloseable {
        private final String name;
        private final InetAddress to;
        private final DatagramSocket echo;
        private final DatagramSocket never;
        private final DatagramSocket first;
        private final DatagramSocket second;
        private final DatagramSocket asking;
        private final DatagramSocket flooding;
        private final Thread flood;

        Way(String from, String to, String address) {
            this.name = from + " to " + to;
            this.to = InetAddress.ofLiteral(address);
            this.echo = Inside.echo(to, address, ALWAYS);
            this.never = Inside.open(to, address, NEVER);
            this.first = Inside.open(to, address, FIRST);
            this.second = Inside.open(to, address, SECOND);
            this.asking = Inside.open(from, "0.0.0.0", 0);
            this.flooding = Inside.open(from, "0.0.0.0", 0);
            Thread.ofPlatform().daemon().start(this::countMixed);
            this.flood = Thread.ofPlatform().daemon().unstarted(this::flood);
        }

        private void countMixed() {
            try {
                while (true) {
                    never.receive(new DatagramPacket(new byte[64], 64));
                    mixed.incrementAndGet();
                }
            } catch (IOException e) {
                // closed
            }
        }

        private void flood() {
            try {
                for (byte number = 0; !ended; number++) {
                    for (int i = 0; i < 4; i++) {
                        flooding.send(new DatagramPacket(new byte[32], 32, to, NEVER));
                    }
                    (asks(flooding, number) ? answered : unanswered).incrementAndGet();
                    LockSupport.parkNanos(200_000);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(name, e);
            }
        }

        private boolean asks(DatagramSocket from, byte number) throws IOException {
            from.send(new DatagramPacket(new byte[] {number}, 1, to, ALWAYS));
            from.setSoTimeout(PATIENCE_MILLIS);
            byte[] back = new byte[1];
            try {
                do {
                    from.receive(new DatagramPacket(back, 1));
                } while (back[0] != number);
                return true;
            } catch (SocketTimeoutException e) {
                return false;
            }
        }

        /// What both let pass comes last and by the same way, so that the others have come before it or never will.
        Generation generation() throws IOException {
            for (byte attempt = 0; attempt < 10; attempt++) {
                asking.send(new DatagramPacket(new byte[1], 1, to, FIRST));
                asking.send(new DatagramPacket(new byte[1], 1, to, SECOND));
                assertTrue(asks(asking, attempt), "what every generation lets pass was answered, from " + name);
                boolean firstPassed = arrived(first);
                boolean secondPassed = arrived(second);
                assertTrue(!firstPassed || !secondPassed, "one generation judges the way from " + name);
                if (firstPassed || secondPassed) {
                    return firstPassed ? Generation.FIRST : Generation.SECOND;
                }
            }
            throw new AssertionError("neither generation judges the way from " + name);
        }

        private static boolean arrived(DatagramSocket sink) throws IOException {
            boolean any = false;
            try {
                sink.setSoTimeout(1);
                while (true) {
                    sink.receive(new DatagramPacket(new byte[64], 64));
                    any = true;
                }
            } catch (SocketTimeoutException e) {
                return any;
            }
        }

        @Override
        public void close() {
            List.of(echo, never, first, second, asking, flooding).forEach(DatagramSocket::close);
        }
    }

    /// Lets packets flow without end.
    void begin() {
        ways.forEach(way -> way.flood.start());
    }

    /// The one generation that judges all ways.
    Generation generation() {
        try {
            Generation generation = ways.getFirst().generation();
            for (Way way : ways) {
                assertEquals(generation, way.generation(), "that of " + way.name);
            }
            return generation;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Fails if ever a packet was judged by a mix or by nothing, or one was dropped that both generations let pass.
    void saw() {
        assertEquals(0, mixed.get(), "packets that no generation lets pass have passed");
        assertEquals(0, unanswered.get(), () -> "lost, and " + answered + " that were answered");
        assertTrue(ways.stream().allMatch(way -> way.flood.isAlive()), "packets go on");
    }

    @Override
    public void close() {
        ended = true;
        try {
            for (Way way : ways) {
                way.flood.join(); // at once where it never began
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ways.forEach(Way::close);
    }
}
