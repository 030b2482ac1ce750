// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Ten thousand clients that mean harm, at once: the agent stays small, answers another client, and enforces.
class HostileCrowdTest extends FaultTest {
    private static final int CLIENTS = 10_000;
    private static final int KINDS = 5;
    private static final long PAUSE_NANOS = 1_000_000;
    private static final int QUESTIONS = 100;
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    /// What the agent may grow by: its answers for slow readers (16 MiB), buffers of 256 connections, and what the
    /// collector leaves lying in a heap of 64 MiB.
    private static final long MORE_KIBIBYTES = 100 << 10;

    private static final int MORE_DESCRIPTORS = 256 + 32;
    private static final int MORE_THREADS = 8;

    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicLong opened = new AtomicLong();
    private final CountDownLatch armed = new CountDownLatch(KINDS);
    private final List<Thread> attackers = new ArrayList<>();
    private AgentProcess agent;
    private String last = "";

    @BeforeEach
    void start() {
        agent = agent();
    }

    @AfterEach
    void kill() throws Exception {
        ended.set(true);
        for (Thread attacker : attackers) {
            attacker.join();
        }
        agent.kill();
    }

    /// What an attacker sends again and again; none of it is ever answered to its liking.
    private static byte[] weapon(int kind) {
        String text = switch (kind) {
            case 0 -> ""; // it only sits there
            case 1 -> "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nX-A: b"; // and not yet the end of a line
            case 2 -> "GET / HTTP/1.1\r\nHost: localhost\r\n" + "X-A: b\r\n".repeat(4000);
            case 3 ->
                "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + ("1000\r\n" + "a".repeat(0x1000) + "\r\n").repeat(16);
            default -> "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(8); // and it reads no answer
        };
        return text.getBytes(US_ASCII);
    }

    /// Opens its share of the connections as fast as it can, and writes to each; then goes on writing, and comes again
    /// where it is thrown out, a thousand times a second, so that the processors are not what all fight for.
    private void attack(int kind, InetSocketAddress server) {
        Map<Integer, SocketChannel> mine = new HashMap<>();
        ByteBuffer weapon = ByteBuffer.wrap(weapon(kind));
        boolean told = false;
        while (!ended.get()) {
            for (int i = 0; i < CLIENTS / KINDS && !ended.get(); i++) {
                SocketChannel client = mine.get(i);
                try {
                    if (client == null) {
                        client = connect(server);
                        opened.incrementAndGet();
                        mine.put(i, client);
                    }
                    client.write(weapon.rewind());
                } catch (IOException e) {
                    close(client); // thrown out, or there is no room for one more yet
                    mine.remove(i);
                }
                if (told) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
            if (!told) {
                told = true;
                armed.countDown();
            }
        }
        mine.values().forEach(HostileCrowdTest::close);
    }

    private static SocketChannel connect(InetSocketAddress server) throws IOException {
        SocketChannel client = SocketChannel.open();
        try {
            client.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            client.connect(server);
            client.configureBlocking(false);
            return client;
        } catch (IOException e) {
            client.close();
            throw e;
        }
    }

    private static void close(@Nullable SocketChannel client) {
        try {
            if (client != null) {
                client.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void harmsNobody() throws Exception {
        InetSocketAddress server = agent.address();
        Size before = Size.of(agent);
        for (int kind = 0; kind < KINDS; kind++) {
            int mine = kind;
            attackers.add(Thread.ofPlatform().start(() -> attack(mine, server)));
        }
        assertTrue(armed.await(60, TimeUnit.SECONDS), "each has written to all of its connections once");

        long worstNanos = 0;
        int retries = 0;
        Size most = before;
        for (int i = 0; i < QUESTIONS; i++) {
            long start = System.nanoTime();
            while (!answered(i % 2 == 0 ? "/api/v1/status" : "/metrics")) {
                retries++;
                assertTrue(
                        System.nanoTime() - start < PATIENCE_NANOS, retries + " times not answered, lastly: " + last);
            }
            worstNanos = Math.max(worstNanos, System.nanoTime() - start);
            most = most.max(Size.of(agent));
        }
        open(81);
        Await.until("a reload goes on meanwhile", () -> generation() == 2);
        assertOpen(81);
        System.out.printf(
                "%d hostile connections: %d questions answered, the slowest in %d ms, %d asked again; %s, then %s at most%n",
                opened.get(), QUESTIONS, worstNanos / 1_000_000, retries, before, most);
        assertTrue(opened.get() >= CLIENTS);
        assertTrue(most.residentKibibytes() - before.residentKibibytes() < MORE_KIBIBYTES, most::toString);
        assertTrue(most.descriptors() - before.descriptors() < MORE_DESCRIPTORS, most::toString);
        assertTrue(most.threads() - before.threads() < MORE_THREADS, most::toString);
    }

    /// Not if the crowd has pushed us out, or all workers are busy with it: then a client asks again.
    private boolean answered(String path) {
        try {
            last = agent.get(path);
        } catch (IOException e) {
            last = e.toString();
        }
        return last.contains("generation"); // which no error speaks of
    }

    /// What a process takes up.
    private record Size(long residentKibibytes, long descriptors, long threads) {
        static Size of(AgentProcess agent) throws IOException {
            Path process = Path.of("/proc", Long.toString(agent.pid()));
            long resident = Files.readAllLines(process.resolve("status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
            return new Size(resident, count(process.resolve("fd")), count(process.resolve("task")));
        }

        private static long count(Path directory) throws IOException {
            try (Stream<Path> entries = Files.list(directory)) {
                return entries.count();
            }
        }

        Size max(Size other) {
            return new Size(
                    Math.max(residentKibibytes, other.residentKibibytes),
                    Math.max(descriptors, other.descriptors),
                    Math.max(threads, other.threads));
        }

        @Override
        public String toString() {
            return "%d MiB, %d descriptors, %d threads".formatted(residentKibibytes >> 10, descriptors, threads);
        }
    }
}
