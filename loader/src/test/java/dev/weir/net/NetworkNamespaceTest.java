// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.bpf.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class NetworkNamespaceTest {
    private static final Path OWN = Path.of("/proc/thread-self/ns/net");

    private final TestNet net = new TestNet();

    @AfterEach
    void clean() throws IOException {
        net.close();
    }

    @Test
    void inodeIsThatOfTheFile() throws IOException {
        net.namespace("blue");
        try (NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"));
                NetworkNamespace own = NetworkNamespace.current();
                NetworkNamespace process =
                        NetworkNamespace.ofProcess(ProcessHandle.current().pid())) {
            assertEquals(Files.getAttribute(TestNet.file("blue"), "unix:ino"), blue.inode());
            assertEquals(
                    "net:[" + own.inode() + "]", Files.readSymbolicLink(OWN).toString());
            assertEquals(own.inode(), process.inode());
            assertNotEquals(own.inode(), blue.inode());
        }
    }

    @Test
    void taskRunsInsideAndTheCallerStaysOutside() throws IOException {
        net.namespace("blue");
        Path before = Files.readSymbolicLink(OWN);
        try (NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"))) {
            String inside = blue.call(() -> Files.readSymbolicLink(OWN).toString());
            assertEquals("net:[" + blue.inode() + "]", inside);
        }
        assertEquals(before, Files.readSymbolicLink(OWN));
    }

    @Test
    void threadOfATaskIsItsOwnAndDies() {
        net.namespace("blue");
        try (NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"))) {
            Thread first = blue.call(Thread::currentThread);
            Thread second = blue.call(Thread::currentThread);
            assertNotSame(first, second);
            assertNotSame(Thread.currentThread(), first);
            assertFalse(first.isVirtual());
            assertFalse(first.isAlive());
        }
    }

    @Test
    void whatTheTaskThrowsComesOutAsItIs() {
        try (NetworkNamespace own = NetworkNamespace.current()) {
            IOException checked = new IOException("told");
            assertSame(
                    checked,
                    assertThrows(
                            IOException.class,
                            () -> own.call(() -> {
                                throw checked;
                            })));
            AssertionError error = new AssertionError("told");
            assertSame(
                    error,
                    assertThrows(
                            AssertionError.class,
                            () -> own.call(() -> {
                                throw error;
                            })));
        }
    }

    @Test
    void interruptReachesTheTaskAndIsKept() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        AtomicReference<String> seen = new AtomicReference<>("nothing");
        Thread caller = Thread.ofPlatform().start(() -> {
            try (NetworkNamespace own = NetworkNamespace.current()) {
                String result = own.call(() -> {
                    inside.countDown();
                    try {
                        new CountDownLatch(1).await();
                        return "nothing";
                    } catch (InterruptedException e) {
                        return "interrupt";
                    }
                });
                seen.set(result + " " + Thread.currentThread().isInterrupted());
            }
        });
        inside.await();
        caller.interrupt();
        caller.join();
        assertEquals("interrupt true", seen.get());
    }

    @Test
    void missingOrForeignFileIsRefusedWithItsName() throws IOException {
        NetException missing = assertThrows(NetException.class, () -> NetworkNamespace.open(TestNet.file("nowhere")));
        assertEquals(Errno.ENOENT, missing.errno());
        assertTrue(String.valueOf(missing.getMessage()).contains("/run/netns/nowhere: ENOENT"), missing.getMessage());
        for (String foreign : List.of("/proc/self/ns/mnt", "/etc/passwd", "/proc", "/dev/null")) {
            NetException refused = assertThrows(NetException.class, () -> NetworkNamespace.open(Path.of(foreign)));
            assertTrue(String.valueOf(refused.getMessage()).contains(foreign), refused.getMessage());
        }
        Path pipe = Files.createTempDirectory("weir").resolve("pipe");
        TestNet.run(List.of("mkfifo", pipe.toString()));
        assertThrows(NetException.class, () -> NetworkNamespace.open(pipe));
        Files.delete(pipe);
        Files.delete(pipe.getParent());
    }

    @Test
    void namesAreListedAndStaleOnesToldApart() throws IOException {
        net.namespace("blue");
        net.namespace("red");
        Path stale = Files.createFile(TestNet.file("stale"));
        try {
            List<NamedNamespace> named = NetworkNamespace.named();
            assertEquals(
                    "blue true, red true, stale false",
                    named.stream()
                            .filter(one -> List.of("blue", "red", "stale").contains(one.name()))
                            .map(one -> one.name() + " " + (one instanceof NamedNamespace.Live))
                            .sorted()
                            .collect(Collectors.joining(", ")));
            named.forEach(NetworkNamespaceTest::close);
        } finally {
            Files.delete(stale);
        }
    }

    @Test
    void namespaceDeletedInMidScanIsLeftOut() {
        net.namespace("blue");
        net.namespace("red");
        Iterable<String> names = () -> Stream.of("blue", "red")
                .peek(name -> {
                    if (name.equals("red")) {
                        TestNet.ip("netns del red");
                    }
                })
                .iterator();
        List<NamedNamespace> named = NetworkNamespace.openEach(names);
        assertEquals(List.of("blue"), named.stream().map(NamedNamespace::name).toList());
        named.forEach(NetworkNamespaceTest::close);
    }

    @Test
    void failedScanLeavesNothingOpen() {
        net.namespace("blue");
        NetworkNamespace.openEach(List.of("blue")).forEach(NetworkNamespaceTest::close);
        long before = TestNet.descriptors();
        Iterable<String> names = () -> Stream.iterate("blue", name -> {
                    throw new IllegalStateException("told");
                })
                .iterator();
        assertThrows(IllegalStateException.class, () -> NetworkNamespace.openEach(names));
        assertEquals(before, TestNet.descriptors());
    }

    @Test
    void namespaceIsHeldAfterItsNameIsGone() {
        net.namespace("blue");
        try (NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"))) {
            TestNet.ip("netns del blue");
            assertEquals(
                    "net:[" + blue.inode() + "]",
                    blue.call(() -> Files.readSymbolicLink(OWN).toString()));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void closedNamespaceSaysSo() {
        NetworkNamespace own = NetworkNamespace.current();
        long before = TestNet.descriptors();
        own.close();
        own.close();
        assertEquals(before - 1, TestNet.descriptors());
        IllegalStateException refused = assertThrows(IllegalStateException.class, () -> own.call(() -> "never"));
        assertTrue(String.valueOf(refused.getMessage()).contains("is closed"), refused.getMessage());
    }

    private static void close(NamedNamespace named) {
        if (named instanceof NamedNamespace.Live live) {
            live.namespace().close();
        } else {
            assertInstanceOf(NamedNamespace.Stale.class, named);
        }
    }
}
