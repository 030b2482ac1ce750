// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.FIN;
import static dev.weir.agent.packet.Packet.PSH;
import static dev.weir.agent.packet.Packet.RST;
import static dev.weir.agent.packet.Packet.SYN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.FlowState;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.packet.Checksums;
import dev.weir.agent.packet.Packet;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.Verdict;
import dev.weir.agent.wire.RawSender;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Two tenants with the same addresses, ports and link addresses on two bridges, both behind network address
/// translation of the host. Connection tracking has a zone for each bridge, and a mark leads replies back to
/// the bridge they belong to.
class OverlapTest extends HostTest {
    private static final List<String> TENANTS = List.of("one", "two");
    private static final int PORT = 40_000;
    private static final int ONLY_ONE = 81;
    private static final int ONLY_TWO = 82;
    private static final int BOTH = 83;

    private static final String TRANSLATION = """
            table inet tenants {
              chain entering {
                type filter hook prerouting priority raw
                iifname "br-one" ct original zone set 1
                iifname "br-two" ct original zone set 2
              }
              chain owned {
                type filter hook prerouting priority mangle
                iifname "br-one" ct mark set 1
                iifname "br-two" ct mark set 2
                iifname "veth-world" meta mark set ct mark
              }
              chain forwarded {
                type filter hook forward priority filter
                ct state invalid drop
              }
              chain leaving {
                type nat hook postrouting priority srcnat
                oifname "veth-world" masquerade
              }
            }
            """;

    private LocalAgent agent;

    /// The addresses of either family; both tenants have the first.
    enum Family {
        V4("10.0.0.2", "203.0.113.2"),
        V6("2001:db8::2", "2001:db8:ffff::2");

        final String inside;
        final String world;

        Family(String inside, String world) {
            this.inside = inside;
            this.world = world;
        }
    }

    @BeforeEach
    void build() throws IOException {
        Shell.run("sysctl -qw net.ipv6.conf.default.accept_dad=0");
        for (String tenant : TENANTS) {
            String bridge = "br-" + tenant;
            lab.bridge(bridge, "10.0.0.1/24").onBridge(bridge, tenant, "10.0.0.2/24", "10.0.0.1");
            Shell.run("ip link set " + bridge + " address 02:00:00:00:00:01"); // as Packet has them
            Shell.run("ip -n " + tenant + " link set eth0 address 02:00:00:00:00:02");
            Shell.run("ip address add 2001:db8::1/64 dev " + bridge + " nodad");
            Shell.run("ip -n " + tenant + " address add 2001:db8::2/64 dev eth0 nodad");
            Shell.run("ip -n " + tenant + " route add default via 2001:db8::1");
        }
        lab.routed("world", "203.0.113.2/24", "203.0.113.1/24").forwarding();
        Shell.run("sysctl -qw net.ipv6.conf.all.forwarding=1");
        Shell.run("ip address add 2001:db8:ffff::1/64 dev veth-world nodad");
        Shell.run("ip -n world address add 2001:db8:ffff::2/64 dev eth0 nodad");
        Shell.run("nft -f " + Files.writeString(home.resolve("tenants.nft"), TRANSLATION));
        for (int i = 0; i < TENANTS.size(); i++) {
            String route = " dev br-%s table %d".formatted(TENANTS.get(i), 101 + i);
            Shell.run("ip route add 10.0.0.0/24" + route);
            Shell.run("ip -6 route add 2001:db8::/64" + route);
            for (String family : List.of("-4", "-6")) {
                Shell.run("ip %s rule add fwmark %d lookup %d".formatted(family, 1 + i, 101 + i));
            }
        }
        save("one.yaml", policy("one", ONLY_ONE));
        save("two.yaml", policy("two", ONLY_TWO));
        agent = LocalAgent.start(config());
    }

    @AfterEach
    void remove() {
        agent.close();
        Shell.run("nft delete table inet tenants");
        for (int i = 1; i <= TENANTS.size(); i++) {
            for (String family : List.of("-4", "-6")) {
                Shell.run("ip %s rule del fwmark %d".formatted(family, i));
            }
        }
    }

    /// What hosts say of themselves and the groups they are in has a rule of its own, so that the others count exactly.
    private static String policy(String tenant, int port) {
        return """
                applies-to: {namespaces: [%1$s]}
                egress:
                  default: deny
                  rules:
                    - {name: noise, allow: [icmpv6, proto/2]}
                    - {name: own, allow: [tcp/%2$d, udp/%2$d]}
                    - {name: both, allow: [tcp/%3$d, udp/%3$d]}
                ingress:
                  default: deny
                  rules:
                    - {name: noise, allow: [icmpv6, proto/2]}
                """.formatted(tenant, port, BOTH);
    }

    private FlowView onlyFlow(String tenant, String service) {
        List<FlowView> found = agent.flows(tenant, service);
        assertEquals(1, found.size(), () -> tenant + " has one flow of " + service + ": " + agent.flows(tenant));
        return found.getFirst();
    }

    private static void assertTuple(FlowView flow, Family family, int port) {
        assertEquals(family.inside, flow.insideAddress().toString());
        assertEquals(PORT, flow.insidePort());
        assertEquals(family.world, flow.outsideAddress().toString());
        assertEquals(port, flow.outsidePort());
    }

    /// Sends datagrams of one size and expects each to come back.
    private static void exchange(DatagramSocket socket, Family family, int port, int times) {
        for (int i = 0; i < times; i++) {
            assertTrue(Inside.asks(socket, family.world, port));
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneIsDeniedWhatTheOtherIsAllowedOnTheSamePortsAtTheSameTime(Family family) throws IOException {
        try (DatagramSocket first = Inside.echo("world", family.world, ONLY_ONE);
                DatagramSocket second = Inside.echo("world", family.world, ONLY_TWO);
                DatagramSocket one = Inside.open("one", family.inside, PORT);
                DatagramSocket two = Inside.open("two", family.inside, PORT)) {
            int allowed = 20;
            int denied = 0;
            for (int i = 0; i < allowed; i++) {
                Inside.send(two, family.world, first.getLocalPort(), 100);
                Inside.send(one, family.world, second.getLocalPort(), 100);
                denied++;
                exchange(one, family, ONLY_ONE, 1);
                exchange(two, family, ONLY_TWO, 1);
            }
            assertFalse(Inside.asks(two, family.world, ONLY_ONE));
            assertFalse(Inside.asks(one, family.world, ONLY_TWO));
            denied++;
            for (String tenant : TENANTS) {
                int own = tenant.equals("one") ? ONLY_ONE : ONLY_TWO;
                int others = ONLY_ONE + ONLY_TWO - own;
                FlowView flow = onlyFlow(tenant, "udp/" + own);
                assertTuple(flow, family, own);
                assertEquals(allowed, flow.packetsEgress());
                assertEquals(allowed, flow.packetsIngress());
                assertEquals(List.of(), agent.flows(tenant, "udp/" + others));
                assertEquals(2L * allowed, agent.rulePackets(tenant, EGRESS, "own"));
                assertEquals(denied, agent.rulePackets(tenant, EGRESS, "default"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void sameDatagramsOfBothAreTwoFlowsWithCountersOfTheirOwn(Family family) throws IOException {
        try (DatagramSocket server = Inside.echo("world", family.world, BOTH);
                DatagramSocket one = Inside.open("one", family.inside, PORT);
                DatagramSocket two = Inside.open("two", family.inside, PORT)) {
            exchange(one, family, server.getLocalPort(), 7);
            exchange(two, family, server.getLocalPort(), 11);
            exchange(one, family, server.getLocalPort(), 1);
        }
        FlowView ofOne = onlyFlow("one", "udp/" + BOTH);
        FlowView ofTwo = onlyFlow("two", "udp/" + BOTH);
        assertTuple(ofOne, family, BOTH);
        assertTuple(ofTwo, family, BOTH);
        assertNotEquals(ofOne.device(), ofTwo.device());
        assertEquals(List.of(8L, 8L), List.of(ofOne.packetsEgress(), ofOne.packetsIngress()));
        assertEquals(List.of(11L, 11L), List.of(ofTwo.packetsEgress(), ofTwo.packetsIngress()));
        assertEquals(16, agent.rulePackets("one", EGRESS, "both"));
        assertEquals(22, agent.rulePackets("two", EGRESS, "both"));
    }

    /// A connection of a tenant to the world, from the port that the other one uses too.
    private static Socket open(String tenant, Family family) {
        return Inside.connect(
                tenant,
                new InetSocketAddress(InetAddress.ofLiteral(family.inside), PORT),
                new InetSocketAddress(InetAddress.ofLiteral(family.world), BOTH));
    }

    @ParameterizedTest
    @EnumSource
    void replyOfOneNeverReachesTheOther(Family family) throws IOException {
        try (ServerSocket server =
                        Inside.call("world", () -> new ServerSocket(BOTH, 8, InetAddress.ofLiteral(family.world)));
                Socket one = open("one", family);
                Socket withOne = server.accept();
                Socket two = open("two", family);
                Socket withTwo = server.accept()) {
            assertNotEquals(withOne.getPort(), withTwo.getPort(), "the translation tells them apart");
            for (int i = 0; i < 50; i++) {
                withTwo.getOutputStream().write(2);
                withOne.getOutputStream().write(1);
                assertEquals(1, one.getInputStream().read());
                assertEquals(2, two.getInputStream().read());
            }
            for (String tenant : TENANTS) {
                FlowView flow = onlyFlow(tenant, "tcp/" + BOTH);
                assertTuple(flow, family, BOTH);
                assertEquals(FlowState.ESTABLISHED, flow.state());
            }
        }
        assertEquals(0, agent.rulePackets("one", EGRESS, "default"));
        assertEquals(0, agent.rulePackets("two", EGRESS, "default"));
    }

    /// A connection of one to the world over which a byte has gone, and what its flow looks like since.
    private record Live(LocalAgent agent, ServerSocket server, Socket inside, Socket outside, List<Object> flow)
            implements AutoCloseable {
        static Live open(LocalAgent agent, Family family) throws IOException {
            ServerSocket server =
                    Inside.call("world", () -> new ServerSocket(BOTH, 8, InetAddress.ofLiteral(family.world)));
            Socket inside = OverlapTest.open("one", family);
            Socket outside = server.accept();
            transfer(outside, inside);
            TcpSilence.await("world", "one"); // SYN, SYN|ACK, ACK, the byte and its ACK at least
            return new Live(agent, server, inside, outside, flow(agent));
        }

        private static void transfer(Socket from, Socket to) throws IOException {
            from.getOutputStream().write(1);
            assertEquals(1, to.getInputStream().read());
        }

        private static List<Object> flow(LocalAgent agent) {
            FlowView flow = agent.flows("one", "tcp/" + BOTH).getFirst();
            return List.of(flow.packets(), flow.bytes(), flow.state(), flow.verdict(), flow.rule());
        }

        void wasLeftAlone() throws IOException {
            assertEquals(flow, flow(agent));
            transfer(inside, outside);
            transfer(outside, inside);
            assertEquals(FlowState.ESTABLISHED, flow(agent).get(2));
        }

        @Override
        public void close() throws IOException {
            inside.close();
            outside.close();
            server.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void framesOfOneLeaveTheFlowOfTheOtherAsItIs(Family family) throws IOException {
        try (Live live = Live.open(agent, family);
                RawSender two = new RawSender(Map.of("two", "eth0"))) {
            List<Integer> forged = List.of(PSH | ACK, FIN | ACK, RST, RST | ACK, SYN, SYN | ACK);
            for (int flags : forged) {
                two.send("two", Checksums.fill(Packet.tcpPacket(family.inside, PORT, family.world, BOTH, flags)));
            }
            Await.until(
                    "all are counted as packets of two",
                    () -> agent.view().meters().rules(),
                    () -> agent.rulePackets("two", EGRESS, "both") >= forged.size());
            live.wasLeftAlone();
        }
    }

    @ParameterizedTest
    @EnumSource
    void forgedReplyToTheOtherIsStoppedWhereItIsSent(Family family) throws IOException {
        save("two.yaml", "applies-to: {namespaces: [two]}\negress: {default: allow}\ningress: {default: allow}\n");
        agent.awaitReload();
        try (Live live = Live.open(agent, family);
                RawSender two = new RawSender(Map.of("two", "eth0"))) {
            List<Integer> forged = List.of(PSH | ACK, FIN | ACK, RST, RST | ACK, SYN | ACK);
            for (int flags : forged) {
                two.send("two", Checksums.fill(Packet.tcpPacket(family.world, BOTH, family.inside, PORT, flags)));
            }
            Await.until(
                    "all are dropped",
                    () -> agent.outcome("two", EGRESS, Verdict.DENY),
                    () -> agent.drops("two", EGRESS, DropReason.SPOOF) == forged.size());
            live.wasLeftAlone();
        }
    }
}
