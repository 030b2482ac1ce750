// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import static dev.weir.net.NetlinkMonitor.Outcome.CHANGED;
import static dev.weir.net.NetlinkMonitor.Outcome.LOST;
import static dev.weir.net.NetlinkMonitor.Outcome.TIMEOUT;
import static dev.weir.net.NetlinkMonitor.Outcome.WOKEN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class NetlinkMonitorTest {
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration QUIET = Duration.ofMillis(300);

    private final TestNet net = new TestNet();

    @AfterEach
    void clean() throws IOException {
        net.close();
    }

    @Test
    void newDeviceIsHeard() {
        try (NetlinkMonitor monitor = NetlinkMonitor.open()) {
            settle(monitor);
            net.bridge("br7");
            assertEquals(CHANGED, monitor.await(LONG));
        }
    }

    @Test
    void addressInsideANamespaceWithAnIdIsHeard() {
        net.namespace("blue");
        net.veth("veth7", "blue");
        IpAddress address = IpAddress.parse("192.0.2.2");
        try (NetlinkMonitor monitor = NetlinkMonitor.open();
                RouteNetlink route = RouteNetlink.open();
                NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"))) {
            int id = route.nsidOf(blue);
            settle(monitor);
            TestNet.ip("-n blue address add 192.0.2.2/24 dev eth0");
            MonitorWait.until(
                    monitor,
                    () -> route.addresses(id).stream()
                            .anyMatch(one -> one.address().equals(address)));
            settle(monitor);
            TestNet.ip("-n blue address del 192.0.2.2/24 dev eth0");
            assertEquals(CHANGED, monitor.await(LONG));
        }
    }

    /// Or each look at a namespace that is new would have another one follow.
    @Test
    void idThatIsGivenIsNoNews() {
        net.namespace("blue");
        try (NetlinkMonitor monitor = NetlinkMonitor.open();
                RouteNetlink route = RouteNetlink.open();
                NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"))) {
            settle(monitor);
            assertEquals(Netlink.NSID_NOT_ASSIGNED, route.knownNsidOf(blue));
            int id = route.nsidOf(blue); // what the kernel tells of this is queued when it returns
            assertEquals(TIMEOUT, monitor.await(Duration.ZERO));
            assertEquals(id, route.knownNsidOf(blue));
        }
    }

    @Test
    void whereItChangedIsToldOnce() {
        net.namespace("blue");
        net.namespace("red");
        net.veth("veth7", "blue");
        net.veth("veth8", "red");
        try (NetlinkMonitor monitor = NetlinkMonitor.open();
                RouteNetlink route = RouteNetlink.open();
                NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"));
                NetworkNamespace red = NetworkNamespace.open(TestNet.file("red"))) {
            int blueId = route.nsidOf(blue);
            int redId = route.nsidOf(red);
            settle(monitor);
            monitor.changes();

            TestNet.ip("-n blue address add 192.0.2.2/24 dev eth0");
            assertEquals(CHANGED, monitor.await(LONG));
            assertEquals(Set.of(blueId), monitor.changes().nsids());

            TestNet.ip("-n red link set eth0 address 02:00:5e:ff:00:07");
            settle(monitor);
            TestNet.ip("-n blue address add 2001:db8::7/64 dev eth0 nodad");
            settle(monitor);
            assertEquals(new NetlinkMonitor.Changes(false, Set.of(redId, blueId)), monitor.changes());

            TestNet.ip("link set veth7 alias here");
            settle(monitor);
            assertEquals(NetlinkMonitor.Changes.NONE, monitor.changes());
        }
    }

    @Test
    void deviceOfADeletedNamespaceIsSeenToGo() {
        net.namespace("blue");
        net.veth("veth7", "blue");
        try (NetlinkMonitor monitor = NetlinkMonitor.open();
                RouteNetlink route = RouteNetlink.open()) {
            assertTrue(route.links().stream().anyMatch(device -> device.name().equals("veth7")));
            TestNet.ip("netns del blue");
            MonitorWait.until(
                    monitor,
                    () -> route.links().stream()
                            .noneMatch(device -> device.name().equals("veth7")));
        }
    }

    @Test
    void linkAddressInsideANamespaceWithAnIdIsHeard() {
        net.namespace("blue");
        net.veth("veth7", "blue");
        try (NetlinkMonitor monitor = NetlinkMonitor.open();
                RouteNetlink route = RouteNetlink.open();
                NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"))) {
            route.nsidOf(blue);
            settle(monitor);
            TestNet.ip("-n blue link set eth0 address 02:00:5e:ff:00:07");
            assertEquals(CHANGED, monitor.await(LONG));
        }
    }

    @Test
    void portThatABridgeGetsIsHeard() {
        net.namespace("blue");
        net.bridge("br7");
        net.veth("veth7", "blue");
        try (NetlinkMonitor monitor = NetlinkMonitor.open()) {
            settle(monitor);
            TestNet.ip("link set veth7 master br7");
            assertEquals(CHANGED, monitor.await(LONG));
        }
    }

    @Test
    void ownRouteIsHeardAndThatOfATenantIsNot() {
        net.namespace("blue");
        net.veth("veth7", "blue");
        try (NetlinkMonitor monitor = NetlinkMonitor.open();
                RouteNetlink route = RouteNetlink.open();
                NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"))) {
            route.nsidOf(blue);
            settle(monitor);
            TestNet.ip("-n blue route add 198.51.100.7/32 dev eth0");
            assertEquals(TIMEOUT, monitor.await(QUIET));
            TestNet.ip("route add 198.51.100.7/32 dev veth7");
            assertEquals(CHANGED, monitor.await(LONG));
            TestNet.ip("route add 2001:db8:7::/64 dev veth7");
            assertEquals(CHANGED, monitor.await(LONG));
        }
    }

    @Test
    void routesAreHeardOfWhereTheyAreFollowedAndNoLonger() {
        net.namespace("blue");
        net.veth("veth7", "blue");
        long open = TestNet.descriptors();
        try (NetlinkMonitor monitor = NetlinkMonitor.open();
                NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"))) {
            monitor.follow(List.of(blue));
            settle(monitor);
            TestNet.ip("-n blue route add 198.51.100.7/32 dev eth0");
            assertEquals(CHANGED, monitor.await(LONG));
            TestNet.ip("-n blue route add 2001:db8:7::/64 dev eth0");
            assertEquals(CHANGED, monitor.await(LONG));
            long followed = TestNet.descriptors();
            monitor.follow(List.of(blue));
            assertEquals(followed, TestNet.descriptors(), "followed once");
            monitor.follow(List.of());
            settle(monitor);
            assertEquals(followed - 1, TestNet.descriptors());
            TestNet.ip("-n blue route add 198.51.100.8/32 dev eth0");
            assertEquals(TIMEOUT, monitor.await(QUIET));
            monitor.follow(List.of(blue));
        }
        assertEquals(open, TestNet.descriptors());
    }

    @Test
    void followingIsTakenUpDuringTheWait() throws InterruptedException {
        net.namespace("blue");
        net.veth("veth7", "blue");
        try (NetlinkMonitor monitor = NetlinkMonitor.open();
                NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"))) {
            settle(monitor);
            Waiter waiter = new Waiter(monitor);
            waiter.untilPolling();
            monitor.follow(List.of(blue));
            assertEquals(WOKEN, waiter.outcome());
            TestNet.ip("-n blue route add 198.51.100.7/32 dev eth0");
            assertEquals(CHANGED, monitor.await(LONG));
        }
    }

    @Test
    void burstIsOneReturn() {
        try (NetlinkMonitor monitor = NetlinkMonitor.open()) {
            settle(monitor);
            for (int i = 0; i < 20; i++) {
                net.bridge("br" + i);
            }
            assertEquals(CHANGED, monitor.await(LONG));
            assertEquals(TIMEOUT, monitor.await(Duration.ZERO));
        }
    }

    /// Each new alias of a device that is up is one message of more than a kibibyte; the queue is of a few
    /// mebibytes.
    @Test
    void overflowIsToldAndForgotten() throws IOException {
        net.bridge("br7");
        Path batch = Files.createTempFile("weir", ".ip");
        TestNet.ip("link set br7 up");
        String both = "link set br7 alias a\nlink set br7 alias b\n";
        Files.writeString(batch, both.repeat(20_000));
        try (NetlinkMonitor monitor = NetlinkMonitor.open()) {
            settle(monitor);
            TestNet.ip("-batch " + batch);
            monitor.changes();
            assertEquals(LOST, monitor.await(LONG));
            assertEquals(NetlinkMonitor.Changes.EVERYWHERE, monitor.changes());
            assertEquals(TIMEOUT, monitor.await(Duration.ZERO));
            TestNet.ip("link set br7 down");
            assertEquals(CHANGED, monitor.await(LONG));
        } finally {
            Files.delete(batch);
        }
    }

    @Test
    void timeoutComesNotBeforeItsTime() {
        try (NetlinkMonitor monitor = NetlinkMonitor.open()) {
            settle(monitor);
            long start = System.nanoTime();
            assertEquals(TIMEOUT, monitor.await(Duration.ofMillis(40)));
            assertTrue(System.nanoTime() - start >= 40_000_000);
            assertEquals(TIMEOUT, monitor.await(Duration.ofSeconds(-1)));
        }
    }

    @Test
    void wakeBeforeAndDuringTheWaitIsOneReturnEach() throws InterruptedException {
        try (NetlinkMonitor monitor = NetlinkMonitor.open()) {
            settle(monitor);
            monitor.wake();
            monitor.wake();
            assertEquals(WOKEN, monitor.await(LONG));
            assertEquals(TIMEOUT, monitor.await(Duration.ZERO));
            Waiter waiter = new Waiter(monitor);
            monitor.wake();
            assertEquals(WOKEN, waiter.outcome());
        }
    }

    @Test
    void closeEndsTheWaitOfAnotherThread() throws InterruptedException {
        NetlinkMonitor monitor = NetlinkMonitor.open();
        settle(monitor);
        long open = TestNet.descriptors();
        Waiter waiter = new Waiter(monitor);
        waiter.untilPolling();
        monitor.close();
        assertEquals(WOKEN, waiter.outcome());
        assertEquals(open - 3, TestNet.descriptors());
        monitor.close();
        monitor.wake();
        assertThrows(IllegalStateException.class, () -> monitor.await(LONG));
    }

    /// Takes in what earlier tests have left to be said.
    private static void settle(NetlinkMonitor monitor) {
        while (monitor.await(QUIET) != TIMEOUT) {}
    }

    /// A thread that waits without end.
    private static final class Waiter {
        private final CountDownLatch started = new CountDownLatch(1);
        private final AtomicReference<Object> outcome = new AtomicReference<>("nothing");
        private final Thread thread;
        private volatile long tid;

        Waiter(NetlinkMonitor monitor) throws InterruptedException {
            thread = Thread.ofPlatform().start(() -> {
                try {
                    tid = Long.parseLong(Files.readSymbolicLink(Path.of("/proc/thread-self"))
                            .getFileName()
                            .toString());
                    started.countDown();
                    outcome.set(monitor.await(Duration.ofDays(10_000)));
                } catch (IOException | IllegalStateException e) {
                    outcome.set(e);
                }
            });
            started.await();
        }

        /// Returns once the kernel has put the thread to sleep in poll(2).
        void untilPolling() {
            Path sleepsIn = Path.of("/proc/self/task", Long.toString(tid), "syscall");
            try {
                while (!Files.readString(sleepsIn).matches("(?s)(7|73) .*")) { // poll on amd64, ppoll on arm64
                    Thread.onSpinWait();
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        Object outcome() throws InterruptedException {
            thread.join();
            return outcome.get();
        }
    }
}
