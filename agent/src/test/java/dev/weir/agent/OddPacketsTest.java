// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.arp;
import static dev.weir.agent.packet.Packet.cut;
import static dev.weir.agent.packet.Packet.discovery;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.fragment;
import static dev.weir.agent.packet.Packet.icmp;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.ipv4;
import static dev.weir.agent.packet.Packet.ipv4Options;
import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.sentBy;
import static dev.weir.agent.packet.Packet.tag;
import static dev.weir.agent.packet.Packet.tcp;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.udpPacket;
import static dev.weir.agent.packet.Packet.v6;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Direction;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.wire.RawSender;
import dev.weir.net.LinkStatistics;
import dev.weir.net.RouteNetlink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// One packet of each kind that is not plain, through real devices: what it is counted as, and whether it arrives. What
/// is held against its sender is in `SpoofTest`; here the guard is off.
///
/// A raw socket hands a frame of more than a page to the device with nothing but its Ethernet header in the
/// linear part (`packet_alloc_skb` in `net/packet/af_packet.c`), so long frames also show that the programs
/// read what lies behind it.
class OddPacketsTest extends HostTest {
    private static final String RED = "10.10.0.2";
    private static final String BLUE = "10.10.0.3";
    private static final String RED6 = "fe80::2";
    private static final String BLUE6 = "fe80::3";
    private static final int IPV4 = 0x0800;
    private static final int VLAN = 0x8100;
    private static final int MORE = 0x2000;
    private static final int OPEN = 90;
    private static final int SHUT = 91;
    private static final int LONG = 8000;
    private static final int LONGEST = 9000;
    private static final byte[] LAST = ethernet(0x88b5, new byte[LONGEST]);

    /// What hosts say of the groups that they are in has a rule of its own: it comes whenever it likes.
    private static final String POLICY = """
            policy: odd
            applies-to: {namespaces: [blue]}
            ingress: {default: deny, rules: [{name: open, allow: [udp/90, tcp/90]}, {name: groups, deny: [icmpv6, proto/2]}]}
            egress: {default: deny, rules: [{name: open, allow: [udp/90, tcp/90]}, {name: groups, deny: [icmpv6, proto/2]}]}
            """;

    /// Nor does it get to where frames are expected to arrive.
    private static final String QUIET = """
            policy: quiet
            applies-to: {namespaces: [red]}
            ingress: {default: allow, rules: [{name: groups, deny: [icmpv6, proto/2]}]}
            """;

    private LocalAgent agent;
    private RawSender sender;
    private final RouteNetlink netlink = RouteNetlink.open();
    private byte[] macOfRed = new byte[0];
    private byte[] macOfBlue = new byte[0];

    @BeforeEach
    void build() {
        Shell.run("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
        redAndBlue();
        for (String namespace : List.of("red", "blue")) {
            Shell.run("nsenter --net=/run/netns/" + namespace + " sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
            Shell.run("ip -n " + namespace + " link set eth0 mtu " + LONGEST);
            Shell.run("ip link set veth-" + namespace + " mtu " + LONGEST);
        }
        for (String family : List.of("iptables", "ip6tables", "arptables")) {
            // Where br_netfilter is there it throws away on the bridge what is not quite right.
            Shell.attempt(List.of("sysctl", "-qw", "net.bridge.bridge-nf-call-" + family + "=0"));
        }
        macOfRed = mac("red");
        macOfBlue = mac("blue");
        save("odd.yaml", POLICY);
        save("quiet.yaml", QUIET);
        agent = LocalAgent.start(config());
        Map<String, String> devices = new LinkedHashMap<>();
        devices.put(Inside.HOST, "veth-blue");
        devices.put("blue", "eth0");
        sender = new RawSender(devices);
    }

    private static byte[] mac(String namespace) {
        String link = Shell.run("ip -n " + namespace + " -o link show eth0");
        return HexFormat.ofDelimiter(":")
                .parseHex(link.substring(link.indexOf("link/ether ") + 11).split(" ", 2)[0]);
    }

    @Override
    WeirConfig config() {
        try {
            return ConfigFile.load(Files.writeString(home.resolve("weir.yaml"), "spoof-guard: false\n"))
                    .withPolicies(policies)
                    .withBpffs(pins.root());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ConfigException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void stop() {
        Shell.run("sysctl -qw net.ipv6.conf.default.disable_ipv6=0");
        sender.close();
        agent.close();
        netlink.close();
    }

    /// What went into a namespace, as its device on the host counts.
    private LinkStatistics into(String namespace) {
        return netlink.links().stream()
                .filter(link -> link.name().equals("veth-" + namespace))
                .findAny()
                .orElseThrow()
                .statistics();
    }

    /// Packets of blue in one direction, by what became of them: a verdict, or why they were dropped.
    private Map<String, Long> counted(Direction direction) {
        MeterSnapshot meters = agent.view().meters();
        Map<String, Long> counts = new TreeMap<>();
        meters.outcomes().stream()
                .filter(row -> row.namespace().equals("blue") && row.direction() == direction)
                .filter(row -> !row.verdict().word().equals("deny"))
                .forEach(row -> counts.merge(row.verdict().word(), row.packets(), Long::sum));
        meters.drops().stream()
                .filter(row -> row.namespace().equals("blue") && row.direction() == direction)
                .forEach(row -> counts.merge(row.reason().word(), row.packets(), Long::sum));
        meters.rules().stream()
                .filter(row ->
                        row.policy().equals("odd") && row.rule().equals("groups") && row.direction() == direction)
                .forEach(row -> counts.merge("policy", -row.packets(), Long::sum));
        return counts;
    }

    /// Sends one frame from blue, or out of the host into it (where no device has judged it before), and
    /// another behind it that is known by its length, so that it is certain when the first has not arrived.
    private void expect(Direction direction, byte[] frame, String outcome) {
        String from = direction == EGRESS ? "blue" : Inside.HOST;
        String to = direction == EGRESS ? "red" : "blue";
        byte[] mac = direction == EGRESS ? macOfBlue : macOfRed;
        boolean passes = outcome.equals("allow");
        Map<String, Long> before = counted(direction);
        LinkStatistics start = into(to);
        sender.send(from, sentBy(mac, frame));
        sender.send(from, sentBy(mac, LAST));
        Await.until("the last frame arrives", () -> into(to).txBytes() - start.txBytes() >= LONGEST);
        Await.until("both are counted", () -> counted(direction), () -> sum(counted(direction)) >= sum(before) + 2);
        Await.until("what passes arrives", () -> into(to).txPackets() - start.txPackets() >= (passes ? 2 : 1));
        assertEquals(passes ? 2 : 1, into(to).txPackets() - start.txPackets(), "frames that arrive");
        Map<String, Long> after = counted(direction);
        before.merge("allow", 1L, Long::sum);
        before.merge(outcome, 1L, Long::sum);
        assertEquals(before, after, () -> direction + " " + HexFormat.of().formatHex(frame));
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(count -> count).sum();
    }

    private static String source(Direction direction) {
        return direction == EGRESS ? BLUE : RED;
    }

    private static String destination(Direction direction) {
        return direction == EGRESS ? RED : BLUE;
    }

    private static byte[] datagram(Direction direction, int port, int bytes) {
        return ip(source(direction), destination(direction), 17, udp(40000, port, new byte[bytes]));
    }

    private static byte[] v4(Direction direction, int protocol, int fragment, byte[] payload) {
        return ethernet(IPV4, ipv4(source(direction), destination(direction), protocol, fragment, payload));
    }

    /// Of IPv6, behind so many extension headers of a length.
    private static byte[] extended(Direction direction, int headers, int bytes, int port) {
        byte[] payload = udp(40000, port, new byte[LONG / 4]);
        int next = 17;
        for (int i = 0; i < headers; i++) {
            byte[] header = new byte[bytes];
            header[0] = (byte) next;
            header[1] = (byte) (bytes / 8 - 1);
            payload = join(header, payload);
            next = 60;
        }
        return direction == EGRESS ? ip(BLUE6, RED6, next, payload) : ip(RED6, BLUE6, next, payload);
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    void neighboursAreFound(Direction direction) {
        expect(direction, arp(1, source(direction), destination(direction)), "allow");
        expect(direction, cut(arp(1, source(direction), destination(direction)), 41), "malformed");
        byte[] target = v6(direction == EGRESS ? RED6 : BLUE6);
        expect(direction, discovery("fe80::1", "ff02::1:ff00:2", 135, 0, target), "allow");
        expect(direction, discovery("fe80::1", "ff02::1", 134), direction == EGRESS ? "spoof" : "allow");
        byte[] inPieces = ip("fe80::1", "ff02::1", 44, fragment(58, 0, true, 1, icmp(135, 0, 0, target)));
        expect(direction, inPieces, "malformed");
    }

    /// The kernel takes the outer tag out of a frame before the programs see it.
    @ParameterizedTest
    @EnumSource(Direction.class)
    void tagsAreLookedThrough(Direction direction) {
        for (int port : new int[] {OPEN, SHUT}) {
            String outcome = port == OPEN ? "allow" : "policy";
            byte[] one = tag(5, IPV4, quote(datagram(direction, port, 20)));
            byte[] two = tag(6, VLAN, one);
            expect(direction, ethernet(VLAN, one), outcome);
            expect(direction, ethernet(VLAN, two), outcome);
            expect(direction, ethernet(0x88a8, two), outcome);
            expect(direction, ethernet(VLAN, tag(7, VLAN, two)), "allow"); // another ethertype
        }
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    void otherEthertypesPass(Direction direction) {
        expect(direction, ethernet(0x88cc, new byte[46]), "allow");
        expect(direction, ethernet(0x0026, new byte[46]), "allow");
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    void fragmentsFollowTheirFirst(Direction direction) {
        byte[] later = v4(direction, 17, 5, new byte[32]);
        expect(direction, later, "fragment");
        expect(direction, v4(direction, 17, MORE, udp(40000, SHUT, new byte[32])), "policy");
        expect(direction, later, "policy");
        expect(direction, v4(direction, 17, MORE, udp(40000, OPEN, new byte[32])), "allow");
        expect(direction, later, "allow");
        expect(direction, v4(direction, 6, MORE, join(tcp(40000, OPEN, SYN), new byte[4])), "allow");
        expect(direction, v4(direction, 6, 1, new byte[32]), "malformed");
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    void lyingHeadersAreMalformed(Direction direction) {
        byte[] good = datagram(direction, OPEN, 20);
        expect(direction, good, "allow");
        expect(direction, cut(good, good.length - 1), "malformed");
        expect(direction, cut(good, 14 + 19), "malformed");
        expect(direction, cut(good, 15), "malformed");
        expect(direction, v4(direction, 6, 0, tcp(40000, OPEN, 0)), "malformed");
        expect(direction, v4(direction, 6, 0, tcp(40000, OPEN, 0xff)), "malformed");
        byte[] sourceRoute = {(byte) 131, 7, 4, 10, 10, 0, 9, 0};
        byte[] datagram = udp(40000, OPEN, new byte[20]);
        String a = source(direction);
        String b = destination(direction);
        expect(direction, ethernet(IPV4, ipv4Options(a, b, 17, sourceRoute, datagram)), "malformed");
        expect(direction, ethernet(IPV4, ipv4Options(a, b, 17, new byte[] {1, 1, 1, 0}, datagram)), "allow");
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    void extensionHeadersAreWalked(Direction direction) {
        expect(direction, extended(direction, 8, 8, OPEN), "allow");
        expect(direction, extended(direction, 8, 8, SHUT), "policy");
        expect(direction, extended(direction, 9, 8, OPEN), "extension-headers");
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    void errorsFollowTheFlowThatTheyQuote(Direction direction) {
        Direction back = direction == EGRESS ? INGRESS : EGRESS;
        byte[] datagram = datagram(direction, OPEN, 20);
        byte[] error = v4(back, 1, 0, icmp(3, 3, 0, quote(datagram)));
        expect(back, error, "policy");
        expect(direction, datagram, "allow");
        expect(back, error, "allow");
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    void groupsAndTunnelsAreJudgedLikeAnyPacket(Direction direction) {
        for (String group : new String[] {"224.0.0.251", "255.255.255.255", "10.10.0.255"}) {
            expect(direction, udpPacket(source(direction), 1, group, OPEN), "allow");
            expect(direction, udpPacket(source(direction), 1, group, SHUT), "policy");
        }
        byte[] inner = datagram(direction, OPEN, 20);
        expect(direction, v4(direction, 47, 0, join(new byte[] {0, 0, 8, 0}, quote(inner))), "policy");
        expect(direction, v4(direction, 17, 0, udp(40000, 4789, join(new byte[8], inner))), "policy");
    }

    /// Of these only the Ethernet header is in the linear part.
    @ParameterizedTest
    @EnumSource(Direction.class)
    void longFramesAreReadBehindTheirLinearPart(Direction direction) {
        for (int port : new int[] {OPEN, SHUT}) {
            String outcome = port == OPEN ? "allow" : "policy";
            expect(direction, datagram(direction, port, LONG), outcome);
            expect(direction, v4(direction, 6, 0, join(tcp(40000, port, SYN), new byte[LONG])), outcome);
            expect(direction, ethernet(VLAN, tag(5, IPV4, quote(datagram(direction, port, LONG)))), outcome);
            expect(direction, extended(direction, 1, 2048, port), outcome); // not within the first that is pulled in
            expect(direction, extended(direction, 3, 2048, port), outcome);
        }
        expect(direction, v4(direction, 6, 0, join(tcp(40000, OPEN, 0), new byte[LONG])), "malformed");
        expect(direction, cut(datagram(direction, OPEN, LONG), LONG - 100), "malformed");
        expect(direction, extended(direction, 9, 512, OPEN), "extension-headers");
    }
}
