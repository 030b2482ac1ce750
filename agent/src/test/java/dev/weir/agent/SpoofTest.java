// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.agent.packet.Packet.arp;
import static dev.weir.agent.packet.Packet.discovery;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.udpPacket;
import static dev.weir.agent.packet.Packet.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.wire.RawSender;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Red is root in its namespace and takes what is blue's. Both are on one bridge; the host is 10.10.0.1 and
/// 2001:db8::1.
class SpoofTest extends HostTest {
    private static final String RED_MAC = "02:00:00:00:00:02"; // that all frames of Packet have
    private static final String BLUE_MAC = "02:00:00:00:00:03";
    private static final String OTHER_MAC = "02:00:00:00:00:09";
    private static final String RED = "10.10.0.2";
    private static final String BLUE = "10.10.0.3";
    private static final String FREE = "10.10.0.9";
    private static final String BLUE6 = "2001:db8::3";
    private static final String DECLARED = """
            namespaces:
              addresses: declared
              declared: {red: [10.10.0.2, "2001:db8::2"], blue: [10.10.0.3, "2001:db8::3"]}
            """;

    private @Nullable LocalAgent started;

    @BeforeEach
    void build() {
        redAndBlue();
        Shell.run("ip address add 2001:db8::1/64 dev br0 nodad");
        first("red", RED_MAC);
        first("blue", BLUE_MAC);
        Shell.run("ip -n red address add 2001:db8::2/64 dev eth0 nodad");
        Shell.run("ip -n blue address add 2001:db8::3/64 dev eth0 nodad");
        for (String namespace : List.of("red", "blue")) {
            Await.until(
                    "the link-local address of " + namespace + " is tried",
                    () -> !Shell.run("ip -n " + namespace + " -6 address show dev eth0 scope link -tentative")
                            .isBlank());
        }
        save("red.yaml", "applies-to: {namespaces: [red]}\n");
    }

    /// Down and up again, because its link-local address is made of the MAC.
    private static void first(String namespace, String mac) {
        Shell.run("ip -n %s link set eth0 down".formatted(namespace));
        Shell.run("ip -n %s link set eth0 address %s".formatted(namespace, mac));
        Shell.run("ip -n %s link set eth0 up".formatted(namespace));
    }

    @AfterEach
    void stop() {
        if (started != null) {
            started.close();
            started = null;
        }
    }

    private LocalAgent agent() {
        return Objects.requireNonNull(started);
    }

    /// Starts the agent with what weir.yaml says.
    private void start(String yaml) {
        try {
            WeirConfig config = ConfigFile.load(Files.writeString(home.resolve("weir.yaml"), yaml));
            started = LocalAgent.start(config.withPolicies(policies).withBpffs(pins.root()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private long spoofed(String namespace) {
        return agent().view().meters().drops().stream()
                .filter(row -> row.namespace().equals(namespace)
                        && row.direction() == EGRESS
                        && row.reason() == DropReason.SPOOF)
                .mapToLong(MeterSnapshot.Drop::packets)
                .sum();
    }

    /// Waits until so many packets of red were dropped for their sender, and fails if there are more.
    private void awaitSpoofed(long wanted, String what) {
        Await.until(what + " is dropped", () -> spoofed("red"), () -> spoofed("red") >= wanted);
        assertEquals(wanted, spoofed("red"), what);
    }

    private Stream<String> refused(String namespace) {
        return agent().namespace(namespace).orElseThrow().refusedAddresses().stream()
                .map(refused -> refused.address() + ": " + refused.reason());
    }

    private void awaitRefused(String claim) {
        Await.until(
                "red is refused " + claim, agent()::report, () -> refused("red").anyMatch(claim::equals));
    }

    private void awaitHeld(String namespace, String address) {
        Await.until(
                namespace + " holds " + address,
                agent()::report,
                () -> agent().namespace(namespace).map(NamespaceView::addresses).orElse(List.of()).stream()
                        .map(IpAddress::toString)
                        .anyMatch(address::equals));
    }

    /// Whether a datagram that `namespace` sends from one of its addresses is answered by the host.
    private static boolean asksFrom(String namespace, String address, String host) {
        try (DatagramSocket echo = Inside.echo(Inside.HOST, host, 0);
                DatagramSocket own = Inside.open(namespace, address, 0)) {
            return Inside.asks(own, host, echo.getLocalPort());
        }
    }

    private static boolean blueIsWell() {
        return asksFrom("blue", BLUE, "10.10.0.1")
                && asksFrom("blue", BLUE6, "2001:db8::1")
                && Inside.pings(Inside.HOST, BLUE)
                && Inside.pings("red", BLUE);
    }

    /// Which ports the bridge has learned an Ethernet address behind.
    private static List<String> learnedBehind(String mac) {
        return Shell.run("bridge fdb show br br0")
                .lines()
                .filter(line -> line.startsWith(mac) && line.contains(" master "))
                .map(line -> line.split(" ", -1)[2])
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", DECLARED})
    void whoSaysWhatItIsLosesNothing(String yaml) {
        start(yaml);
        Shell.run("ip neigh flush all");
        Shell.run("ip -n red neigh flush all");
        assertTrue(blueIsWell());
        assertTrue(asksFrom("red", RED, "10.10.0.1"));
        assertTrue(asksFrom("red", "2001:db8::2", "2001:db8::1"));
        assertTrue(Inside.pings("red", "2001:db8::3"));
        assertEquals(List.of(0L, 0L), List.of(spoofed("red"), spoofed("blue")));
        assertEquals(List.of(), Stream.concat(refused("red"), refused("blue")).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", DECLARED})
    void neighboursAddressGainsNothing(String yaml) {
        start(yaml);
        String reason = yaml.isEmpty() ? "namespace blue holds it" : "it is not declared for this namespace";
        Shell.run("ip -n red address add %s/24 dev eth0".formatted(BLUE));
        Shell.run("ip -n red address add %s/64 dev eth0 nodad".formatted(BLUE6));
        awaitRefused(BLUE + ": " + reason);
        awaitRefused(BLUE6 + ": " + reason);
        long before = spoofed("red");
        assertFalse(asksFrom("red", BLUE, "10.10.0.1"));
        assertFalse(asksFrom("red", BLUE6, "2001:db8::1"));
        assertTrue(spoofed("red") >= before + 2, () -> "spoofed: " + spoofed("red"));

        Shell.run("ip neigh flush all");
        for (int i = 0; i < 5; i++) {
            assertTrue(Inside.pings(Inside.HOST, BLUE)); // red answers for blue, too, and nobody hears it
        }
        assertTrue(Shell.run("ip neigh show " + BLUE).contains(BLUE_MAC));
        assertTrue(asksFrom("blue", BLUE, "10.10.0.1") && asksFrom("blue", BLUE6, "2001:db8::1"));
        assertTrue(asksFrom("red", RED, "10.10.0.1"));
        assertEquals(0, spoofed("blue"));
        assertEquals(
                2,
                agent().view().meters().refusedClaims().stream()
                        .filter(row -> row.namespace().equals("red"))
                        .mapToLong(MeterSnapshot.RefusedClaims::count)
                        .sum());
        assertEquals(2, agent().view().status().refusedAddresses());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", DECLARED})
    void neighboursMacGainsNothing(String yaml) {
        start(yaml);
        assertTrue(blueIsWell());
        Shell.run("ip -n red link set eth0 address " + BLUE_MAC);
        Await.until("it is told", () -> refused("red").anyMatch(claim -> claim.startsWith(BLUE_MAC)));
        assertFalse(asksFrom("red", RED, "10.10.0.1"));
        assertTrue(spoofed("red") > 0);
        assertEquals(List.of("veth-blue"), learnedBehind(BLUE_MAC));
        assertTrue(asksFrom("blue", BLUE, "10.10.0.1") && Inside.pings(Inside.HOST, BLUE));
        assertEquals(0, spoofed("blue"));

        Shell.run("ip -n red link set eth0 address " + RED_MAC);
        Await.until("red is let out again", () -> asksFrom("red", RED, "10.10.0.1"));
        Await.until("it is told no more", () -> refused("red").findAny().isEmpty());
    }

    @Test
    void newMacIsFollowedWhereAddressesAreLearned() {
        start("");
        Shell.run("ip -n red link set eth0 address " + OTHER_MAC);
        Await.until("red is let out", () -> asksFrom("red", RED, "10.10.0.1"));
        assertEquals(List.of(), refused("red").toList());
    }

    @Test
    void firstMacStaysWhereAddressesAreDeclaredThroughARestartToo() {
        start(DECLARED);
        Shell.run("ip -n red link set eth0 address " + OTHER_MAC);
        String claim = OTHER_MAC + ": device veth-red was first seen with " + RED_MAC + ", and addresses are declared";
        awaitRefused(claim);
        stop();
        start(DECLARED);
        awaitRefused(claim);
        assertFalse(asksFrom("red", RED, "10.10.0.1"));
        Shell.run("ip -n red link set eth0 address " + RED_MAC);
        Await.until("red is let out again", () -> asksFrom("red", RED, "10.10.0.1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", DECLARED})
    void everyForgedFrameIsDroppedAndCountedOnce(String yaml) {
        start(yaml);
        assertTrue(blueIsWell());
        byte[] claimed = IpAddress.parse(BLUE6).toBytes();
        byte[] advertisement = discovery("2001:db8::2", "ff02::1", 136, 0x2000_0000, claimed);
        byte[] own = udpPacket(RED, 5_000, "10.10.0.1", 9);
        Map<String, byte[]> frames = Map.of(
                "IPv4 source", udpPacket(BLUE, 5_000, "10.10.0.1", 9),
                "IPv4 source of the host", udpPacket("10.10.0.1", 5_000, BLUE, 9),
                "IPv4 source of nobody", udpPacket("192.0.2.7", 5_000, "10.10.0.1", 9),
                "IPv6 source", udpPacket(BLUE6, 5_000, "2001:db8::1", 9),
                "ARP reply", arp(2, BLUE, "10.10.0.1"),
                "ARP announcement", arp(1, BLUE, BLUE),
                "neighbour advertisement", advertisement,
                "router advertisement", discovery("fe80::ff:fe00:2", "ff02::1", 134),
                "MAC of blue", with(own, 11, 3),
                "ARP with the MAC of blue inside", ethernet(0x0806, arp(2, new byte[] {2, 0, 0, 0, 0, 3}, RED, BLUE)));
        try (RawSender sender = new RawSender(Map.of("red", "eth0"))) {
            frames.forEach((what, frame) -> {
                long before = spoofed("red");
                sender.send("red", frame);
                awaitSpoofed(before + 1, what);
            });
            long all = spoofed("red");
            sender.send("red", own);
            sender.send("red", arp(1, RED, "10.10.0.1"));
            sender.send("red", arp(1, "0.0.0.0", FREE)); // RFC 5227: somebody else's, or free?
            sender.send("red", udpPacket("0.0.0.0", 68, "255.255.255.255", 67));
            assertEquals(all, spoofed("red"));
        }
        assertEquals(List.of("veth-blue"), learnedBehind(BLUE_MAC));
        assertTrue(blueIsWell());
        assertEquals(0, spoofed("blue"));
    }

    @Test
    void addressIsGoodAtOnceAndNoLongerThanItIsThere() {
        start("");
        Shell.run("ip -n red address add %s/24 dev eth0".formatted(FREE));
        awaitHeld("red", FREE);
        assertTrue(asksFrom("red", FREE, "10.10.0.1"));
        assertEquals(List.of(), refused("red").toList());

        Shell.run("ip -n red address del %s/24 dev eth0".formatted(FREE));
        Await.until(
                "it is nobody's",
                () -> agent().namespace("red").orElseThrow().addresses().stream()
                        .noneMatch(IpAddress.parse(FREE)::equals));
        long before = spoofed("red");
        try (RawSender sender = new RawSender(Map.of("red", "eth0"))) {
            sender.send("red", udpPacket(FREE, 5_000, "10.10.0.1", 9));
        }
        awaitSpoofed(before + 1, "nobody's");
    }

    @Test
    void liveFlowEndsWithItsAddress() {
        start("");
        Shell.run("ip -n red address add %s/24 dev eth0".formatted(FREE));
        awaitHeld("red", FREE);
        try (RawSender sender = new RawSender(Map.of("red", "eth0"))) {
            byte[] packet = udpPacket(FREE, 5_000, "10.10.0.1", 9);
            sender.send("red", packet);
            assertEquals(0, spoofed("red"));
            Shell.run("ip -n red address del %s/24 dev eth0".formatted(FREE));
            Await.until(
                    "it is nobody's",
                    () -> agent().namespace("red").orElseThrow().addresses().stream()
                            .noneMatch(IpAddress.parse(FREE)::equals));
            sender.send("red", packet);
            awaitSpoofed(1, "nobody's");
        }
    }

    @Test
    void addressDetectionIsNotHindered() {
        start("");
        Shell.run("ip -n red address add 2001:db8::9/64 dev eth0");
        Await.until(
                "it is tried and found free",
                () -> Shell.run("ip -n red -6 address show dev eth0 tentative").isBlank());
        awaitHeld("red", "2001:db8::9");
        Await.until("it is used", () -> asksFrom("red", "2001:db8::9", "2001:db8::1"));
        assertTrue(Shell.run("ip -n red -6 address show dev eth0 dadfailed").isBlank());
    }

    @Test
    void addressOutsideTheSubnetsOfTheHostSideIsRefusedUntilTheHostSendsItThere() {
        start("");
        Shell.run("ip -n red address add 192.0.2.9/32 dev eth0");
        awaitRefused("192.0.2.9: it is outside the subnets of the host side");
        assertFalse(asksFrom("red", "192.0.2.9", "10.10.0.1"));
        Shell.run("ip route add 192.0.2.9/32 dev br0");
        awaitHeld("red", "192.0.2.9");
        Await.until("red finds its neighbour", () -> asksFrom("red", "192.0.2.9", "10.10.0.1"));
    }

    @Test
    void forwarderMayCarryWhatIsOfOthers() {
        start("namespaces: {forwarders: [red]}");
        try (RawSender sender = new RawSender(Map.of("red", "eth0"))) {
            sender.send("red", udpPacket("192.0.2.7", 5_000, "10.10.0.1", 9));
            sender.send("red", with(udpPacket(RED, 5_000, "10.10.0.1", 9), 11, 9));
        }
        assertEquals(0, spoofed("red"));
    }

    @Test
    void guardThatIsOffHoldsNobody() {
        start("spoof-guard: false");
        try (RawSender sender = new RawSender(Map.of("red", "eth0"))) {
            sender.send("red", udpPacket("192.0.2.7", 5_000, "10.10.0.1", 9));
        }
        assertEquals(0, spoofed("red"));
        stop();
        start("");
        try (RawSender sender = new RawSender(Map.of("red", "eth0"))) {
            sender.send("red", udpPacket("192.0.2.7", 5_000, "10.10.0.1", 9));
        }
        awaitSpoofed(1, "of nobody");
    }

    @Test
    void whoIsMovedToAnotherBridgeHoldsWhatBelongsThere() {
        lab.bridge("br1", "10.40.0.1/24");
        start("");
        Shell.run("ip link set veth-red master br1");
        awaitRefused(RED + ": it is outside the subnets of the host side");
        Shell.run("ip -n red address add 10.40.0.2/24 dev eth0");
        awaitHeld("red", "10.40.0.2");
        assertTrue(asksFrom("red", "10.40.0.2", "10.40.0.1"));
        assertTrue(asksFrom("blue", BLUE, "10.10.0.1"));
    }
}
