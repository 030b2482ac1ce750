// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import dev.weir.testing.Await;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class RouteNetlinkTest {
    private final TestNet net = new TestNet();

    @AfterEach
    void clean() throws IOException {
        net.close();
    }

    @Test
    void queuesAreWhatTcShows() {
        net.namespace("blue");
        net.veth("veth7", "blue");
        TestNet.ip("link set veth7 mtu 1400 txqueuelen 123");
        try (RouteNetlink route = RouteNetlink.open()) {
            int ifindex = device(route, "veth7").ifindex();
            QueueDiscipline discipline = new QueueDiscipline("noqueue", 0, 0, 0);
            assertEquals(new DeviceQueue(1400, 123, discipline), route.queues().get(ifindex));
            assertEquals(discipline, route.disciplines().get(ifindex));
        }
    }

    @Test
    void devicesAreWhatIpShows() {
        net.namespace("blue");
        net.bridge("br7");
        net.veth("veth7", "blue");
        TestNet.ip("link set veth7 master br7");
        try (RouteNetlink route = RouteNetlink.open();
                NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"));
                RouteNetlink inside = blue.call(RouteNetlink::open)) {
            String shown = TestNet.ip("-j link show dev veth7");
            NetDevice veth = device(route, "veth7");
            assertEquals(TestNet.json(shown, "ifindex"), Integer.toString(veth.ifindex()));
            assertEquals(TestNet.json(shown, "address"), veth.mac());
            assertEquals(TestNet.json(shown, "link_index"), Integer.toString(veth.peerIfindex()));
            assertEquals(device(route, "br7").ifindex(), veth.masterIfindex());
            assertEquals(route.nsidOf(blue), veth.peerNsid());
            assertEquals(device(inside, "eth0").ifindex(), veth.peerIfindex());
            assertEquals("veth", veth.kind());
            assertTrue(veth.up());
            NetDevice bridge = device(route, "br7");
            assertTrue(veth.isEthernet() && bridge.isEthernet());
            assertFalse(device(route, "lo").isEthernet());
            assertEquals("bridge", bridge.kind());
            assertFalse(bridge.up());
            assertEquals(0, bridge.peerIfindex());
            assertEquals(-1, bridge.peerNsid());
            assertEquals("", device(route, "lo").kind());
        }
    }

    @Test
    void cookieIsThatOfTheNamespaceAndNeverOfAnother() {
        net.namespace("blue");
        try (RouteNetlink own = RouteNetlink.open();
                RouteNetlink again = RouteNetlink.open()) {
            long blue = cookieOf("blue");
            assertEquals(own.cookie(), again.cookie());
            assertEquals(blue, cookieOf("blue"));
            assertNotEquals(blue, own.cookie());
            TestNet.ip("netns del blue");
            TestNet.ip("netns add blue");
            assertNotEquals(blue, cookieOf("blue"), "of another namespace under its name");
        }
    }

    private static long cookieOf(String namespace) {
        try (NetworkNamespace open = NetworkNamespace.open(TestNet.file(namespace));
                RouteNetlink inside = open.call(RouteNetlink::open)) {
            return inside.cookie();
        }
    }

    @Test
    void idThatNobodyGaveIsNotKnown() {
        net.namespace("blue");
        net.namespace("red");
        try (RouteNetlink route = RouteNetlink.open();
                NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"));
                NetworkNamespace red = NetworkNamespace.open(TestNet.file("red"));
                RouteNetlink inside = blue.call(RouteNetlink::open)) {
            assertEquals(-1, inside.knownNsidOf(red));
            int id = route.nsidOf(red);
            assertEquals(id, route.knownNsidOf(red));
            assertEquals(-1, inside.knownNsidOf(red), "each namespace has ids of its own");
        }
    }

    @Test
    void statisticsAreThoseOfTheDevice() throws IOException {
        net.namespace("blue");
        net.veth("veth7", "blue");
        TestNet.ip("address add 192.0.2.1/24 dev veth7");
        TestNet.ip("-n blue address add 192.0.2.2/24 dev eth0");
        exchangeDatagrams();
        TestNet.ip("link set veth7 down"); // so that nothing more is counted
        try (RouteNetlink route = RouteNetlink.open()) {
            LinkStatistics statistics = device(route, "veth7").statistics();
            assertEquals(counter("rx_packets"), statistics.rxPackets());
            assertEquals(counter("tx_packets"), statistics.txPackets());
            assertEquals(counter("rx_bytes"), statistics.rxBytes());
            assertEquals(counter("tx_bytes"), statistics.txBytes());
            assertEquals(counter("rx_dropped"), statistics.rxDropped());
            assertEquals(counter("tx_dropped"), statistics.txDropped());
            assertTrue(statistics.rxPackets() >= 3 && statistics.txPackets() >= 3, statistics.toString());
            Map<Integer, LinkStatistics> alone = route.statistics();
            route.links().forEach(link -> assertEquals(link.statistics(), alone.get(link.ifindex()), link.name()));
            assertEquals(route.links().size(), alone.size());
        }
    }

    /// Three each way, through a socket that was opened inside `blue` and handed out.
    private static void exchangeDatagrams() throws IOException {
        InetSocketAddress address = new InetSocketAddress("192.0.2.2", 9000);
        try (NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"));
                DatagramSocket inside = blue.call(() -> new DatagramSocket(address));
                DatagramSocket outside = new DatagramSocket(new InetSocketAddress("192.0.2.1", 9000))) {
            inside.setSoTimeout(5_000);
            outside.setSoTimeout(5_000);
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            for (int i = 0; i < 3; i++) {
                packet.setSocketAddress(address);
                outside.send(packet);
                inside.receive(packet);
                inside.send(packet);
                outside.receive(packet);
            }
        }
    }

    /// Not from sysfs, which shows the network of whoever mounted it.
    private static long counter(String name) throws IOException {
        String line = Files.readAllLines(Path.of("/proc/thread-self/net/dev")).stream()
                .filter(text -> text.strip().startsWith("veth7:"))
                .findFirst()
                .orElseThrow();
        String[] columns = line.substring(line.indexOf(':') + 1).strip().split(" +", -1);
        int column =
                List.of("rx_bytes", "rx_packets", "rx_errors", "rx_dropped").indexOf(name);
        int sent = List.of("tx_bytes", "tx_packets", "tx_errors", "tx_dropped").indexOf(name);
        return Long.parseLong(columns[column >= 0 ? column : 8 + sent]);
    }

    @Test
    void addressesOfAnotherNamespaceAreListedById() {
        net.namespace("blue");
        net.veth("veth7", "blue");
        TestNet.ip("-n blue address add 192.0.2.2/24 dev eth0");
        TestNet.ip("-n blue address add 198.51.100.1 peer 198.51.100.2/32 dev eth0");
        TestNet.ip("-n blue address add 2001:db8::2/64 dev eth0 nodad");
        TestNet.ip("-n blue address add ::ffff:203.0.113.1/128 dev eth0 nodad");
        try (RouteNetlink route = RouteNetlink.open();
                NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"))) {
            int eth0 = device(route, "veth7").peerIfindex();
            List<InterfaceAddress> found = route.addresses(route.nsidOf(blue)).stream()
                    .filter(one -> one.ifindex() == eth0 && one.scope() == 0)
                    .toList();
            assertEquals(
                    Set.of(
                            new InterfaceAddress(eth0, IpAddress.parse("192.0.2.2"), 24, 0),
                            new InterfaceAddress(eth0, IpAddress.parse("198.51.100.1"), 32, 0),
                            new InterfaceAddress(eth0, IpAddress.parse("2001:db8::2"), 64, 0)),
                    new HashSet<>(found));
            assertEquals(3, found.size());
            IpAddress other = IpAddress.parse("192.0.2.2");
            assertTrue(route.addresses().stream().noneMatch(one -> one.address().equals(other)));
        }
    }

    @Test
    void otherEndOfAVethIsFoundByItsNumbers() {
        net.namespace("blue");
        net.veth("veth7", "blue");
        TestNet.ip("-n blue link set eth0 address 02:00:5e:ff:00:07");
        try (RouteNetlink route = RouteNetlink.open()) {
            NetDevice veth = device(route, "veth7");
            NetDevice inside = route.link(veth.peerNsid(), veth.peerIfindex()).orElseThrow();
            assertEquals("eth0", inside.name());
            assertEquals("02:00:5e:ff:00:07", inside.mac());
            assertEquals(veth.ifindex(), inside.peerIfindex());
            assertEquals(Optional.empty(), route.link(veth.peerNsid(), 9_999));
            assertEquals(Optional.empty(), route.link(9_999, veth.peerIfindex()));
            assertThrows(IllegalArgumentException.class, () -> route.link(-1, 1));
        }
    }

    @Test
    void ownAddressesAreListedWithoutAnId() {
        net.bridge("br7");
        TestNet.ip("address add 192.0.2.1/24 dev br7");
        try (RouteNetlink route = RouteNetlink.open()) {
            int bridge = device(route, "br7").ifindex();
            assertTrue(route.addresses().contains(new InterfaceAddress(bridge, IpAddress.parse("192.0.2.1"), 24, 0)));
        }
    }

    @Test
    void idIsGivenOnceAndKept() {
        net.namespace("blue");
        net.namespace("red");
        try (RouteNetlink route = RouteNetlink.open();
                NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"));
                NetworkNamespace red = NetworkNamespace.open(TestNet.file("red"));
                NetworkNamespace own = NetworkNamespace.current()) {
            int id = route.nsidOf(blue);
            assertTrue(id >= 0);
            assertEquals(id, route.nsidOf(blue));
            assertNotEquals(id, route.nsidOf(red));
            assertEquals(route.addresses(), route.addresses(route.nsidOf(own)));
        }
    }

    @Test
    void deletedNamespaceHasNoAddresses() {
        net.namespace("blue");
        try (RouteNetlink route = RouteNetlink.open()) {
            int id;
            try (NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"))) {
                id = route.nsidOf(blue);
                assertFalse(route.addresses(id).isEmpty());
            }
            TestNet.ip("netns del blue");
            Await.equal(List.of(), () -> route.addresses(id));
        }
    }

    @Test
    void thousandDevicesAreListed() throws IOException {
        Path batch = Files.createTempFile("weir", ".ip");
        net.namespace("blue");
        StringBuilder commands = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            commands.append("link add name a" + i + " type veth peer name b" + i + "\n");
        }
        Files.writeString(batch, commands.toString());
        TestNet.ip("-n blue -batch " + batch);
        Files.delete(batch);
        try (NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"));
                RouteNetlink route = blue.call(RouteNetlink::open)) {
            List<NetDevice> devices = route.links();
            assertEquals(
                    1001, new HashSet<>(devices.stream().map(NetDevice::ifindex).toList()).size());
        }
    }

    @Test
    void listStaysConsistentWhileDevicesComeAndGo() throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        net.bridge("churn");
        Thread churn = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 30; i++) {
                TestNet.ip("link add name x" + i + " type veth peer name y" + i);
                TestNet.ip("link del x" + i);
            }
            over.set(true);
        });
        try (RouteNetlink route = RouteNetlink.open()) {
            while (!over.get()) {
                List<Integer> seen =
                        route.links().stream().map(NetDevice::ifindex).toList();
                assertEquals(seen.size(), new HashSet<>(seen).size());
            }
        } finally {
            churn.join();
        }
    }

    @Test
    void nothingIsLeftOpen() {
        net.namespace("blue");
        useOnce(); // so that what the JVM opens once is open
        long before = TestNet.descriptors();
        for (int i = 0; i < 10; i++) {
            useOnce();
        }
        assertEquals(before, TestNet.descriptors());
    }

    private static void useOnce() {
        try (RouteNetlink route = RouteNetlink.open();
                NetlinkMonitor monitor = NetlinkMonitor.open();
                NetworkNamespace blue = NetworkNamespace.open(TestNet.file("blue"));
                RouteNetlink inside = blue.call(RouteNetlink::open)) {
            assertFalse(route.links().isEmpty());
            assertFalse(inside.addresses().isEmpty());
            assertFalse(route.addresses(route.nsidOf(blue)).isEmpty());
            monitor.wake();
        }
        assertThrows(NetException.class, () -> NetworkNamespace.open(Path.of("/etc/passwd")));
    }

    @Test
    void closedSocketSaysSo() {
        RouteNetlink route = RouteNetlink.open();
        route.close();
        route.close();
        assertThrows(IllegalStateException.class, route::links);
    }

    private static NetDevice device(RouteNetlink route, String name) {
        return route.links().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
