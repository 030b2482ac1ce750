// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.packet.Checksums;
import dev.weir.agent.packet.Packet;
import dev.weir.agent.wire.RawSender;
import java.net.DatagramSocket;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// ICMP errors of real senders: one that quotes a flow of others, or none at all, is a packet like any other
/// and falls to the rules. Blue and red each talk with green.
class IcmpForeignTest extends HostTest {
    private static final List<String> NAMESPACES = List.of("red", "blue", "green");
    private static final int PORT = 40_000;
    private static final int SERVICE = 53;

    private static final String POLICY = """
            applies-to: {namespaces: [%s]}
            ingress: {default: deny, rules: [{allow: [icmpv6/143, proto/2]}, {allow: udp/53}]}
            egress: {default: %s, rules: [{allow: [icmpv6/143, proto/2]}, {allow: udp/53}]}
            """;

    private LocalAgent agent;
    private RawSender sender;

    enum Family {
        V4,
        V6;

        String of(String namespace) {
            int net = namespace.equals("green") ? 20 : 10;
            int host = namespace.equals("blue") ? 3 : 2;
            return (this == V4 ? "10.%d.0.%d" : "2001:db8:%d::%d").formatted(net, host);
        }
    }

    /// An error, and the datagram that it quotes.
    private record Claim(String from, String to, String sender, int port, String receiver, int otherPort) {
        byte[] frame(Family family) {
            byte[] quoted = Packet.quote(
                    Checksums.fill(Packet.udpPacket(family.of(sender), port, family.of(receiver), otherPort)));
            byte[] frame = family == Family.V4
                    ? Packet.ip(family.of(from), family.of(to), 1, Packet.icmp(3, 1, 0, quoted))
                    : Packet.ip(family.of(from), family.of(to), 58, Packet.icmp(1, 0, 0, quoted));
            return Checksums.fill(from.equals("blue") ? Packet.with(frame, 11, 3) : frame);
        }
    }

    @BeforeEach
    void build() {
        redBlueAndGreenOfBothFamilies();
        // As Packet has them; frames go to the host, which routes them.
        for (String host : List.of("br0", "veth-green")) {
            Shell.run("ip link set " + host + " address 02:00:00:00:00:01");
        }
        for (String namespace : NAMESPACES) {
            Shell.run("ip -n %s link set eth0 address 02:00:00:00:00:0%d"
                    .formatted(namespace, namespace.equals("blue") ? 3 : 2));
            save(namespace + ".yaml", POLICY.formatted(namespace, "deny"));
        }
        agent = LocalAgent.start(config());
        sender = new RawSender(Map.of("red", "eth0", "blue", "eth0", "green", "eth0"));
    }

    @AfterEach
    void stop() {
        sender.close();
        agent.close();
    }

    /// Opens the flows that errors quote.
    private static void talk(Family family) {
        try (DatagramSocket green = Inside.echo("green", family.of("green"), SERVICE)) {
            for (String client : List.of("red", "blue")) {
                try (DatagramSocket socket = Inside.open(client, family.of(client), PORT)) {
                    assertTrue(Inside.asks(socket, family.of("green"), green.getLocalPort()));
                }
            }
        }
    }

    /// Errors of the kind that reached a namespace's own stack (RFC 2011 icmpInDestUnreachs, RFC 4293).
    private static long heard(Family family, String namespace) {
        List<String> lines = Shell.run("nsenter --net=/run/netns/" + namespace + " cat /proc/net/snmp"
                        + (family == Family.V4 ? "" : "6"))
                .lines()
                .toList();
        if (family == Family.V6) {
            return lines.stream()
                    .filter(line -> line.startsWith("Icmp6InDestUnreachs"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll(".*\\s", "")))
                    .sum();
        }
        List<String> icmp =
                lines.stream().filter(line -> line.startsWith("Icmp:")).toList();
        int column = Arrays.asList(icmp.getFirst().split(" ", -1)).indexOf("InDestUnreachs");
        return Long.parseLong(icmp.getLast().split(" ", -1)[column]);
    }

    private void stops(Family family, Claim claim, String at, Direction direction) {
        long denied = agent.rulePackets(at, direction, "default");
        long heard = heard(family, claim.to());
        sender.send(claim.from(), claim.frame(family));
        Await.until(
                claim + " is denied at " + at,
                () -> agent.view().meters().rules(),
                () -> agent.rulePackets(at, direction, "default") == denied + 1);
        assertEquals(heard, heard(family, claim.to()), claim::toString);
    }

    private void arrives(Family family, Claim claim) {
        long heard = heard(family, claim.to());
        sender.send(claim.from(), claim.frame(family));
        Await.until(claim + " arrives", () -> heard(family, claim.to()) == heard + 1);
    }

    @ParameterizedTest
    @EnumSource
    void errorAboutWhatItsReceiverSentArrives(Family family) {
        talk(family);
        arrives(family, new Claim("green", "blue", "blue", PORT, "green", SERVICE));
        arrives(family, new Claim("blue", "green", "green", SERVICE, "blue", PORT));
    }

    @ParameterizedTest
    @EnumSource
    void errorAboutAForeignFlowDoesNotLeaveItsSender(Family family) {
        talk(family);
        for (Claim claim : List.of(
                // a live flow of the two others, told to either of them
                new Claim("red", "blue", "blue", PORT, "green", SERVICE),
                new Claim("red", "green", "green", SERVICE, "blue", PORT),
                // a live flow of its own, told to who is not in it
                new Claim("red", "blue", "green", SERVICE, "red", PORT),
                new Claim("red", "blue", "red", PORT, "green", SERVICE))) {
            stops(family, claim, "red", EGRESS);
        }
        stops(family, new Claim("blue", "red", "green", SERVICE, "blue", PORT), "blue", EGRESS);
        stops(family, new Claim("green", "blue", "red", PORT, "green", SERVICE), "green", EGRESS);
    }

    @ParameterizedTest
    @EnumSource
    void errorAboutNothingThatItsReceiverSentDoesNotEnter(Family family) {
        save("red.yaml", POLICY.formatted("red", "allow"));
        agent.awaitReload();
        talk(family);
        for (Claim claim : List.of(
                // flows of others: of sender and third, of receiver's own server
                new Claim("red", "blue", "green", SERVICE, "red", PORT),
                new Claim("red", "blue", "red", PORT, "green", SERVICE),
                // its own flow, but of the packet that it received
                new Claim("red", "blue", "green", SERVICE, "blue", PORT),
                // no flow at all, by one port
                new Claim("red", "blue", "blue", PORT, "green", SERVICE + 1),
                new Claim("red", "blue", "blue", PORT + 1, "green", SERVICE))) {
            stops(family, claim, "blue", INGRESS);
        }
        stops(family, new Claim("red", "green", "blue", PORT, "green", SERVICE), "green", INGRESS);
    }
}
