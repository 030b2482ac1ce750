// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.Verdict;
import dev.weir.net.LinkStatistics;
import dev.weir.net.RouteNetlink;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What Weir counts is what the device itself counts, to the packet and the byte.
class AccountingTest extends HostTest {
    private static final String RED = "10.10.0.2";
    private static final String BLUE = "10.10.0.3";
    private static final String POLICY = """
            applies-to: {namespaces: [blue]}
            ingress:
              default: deny
              rules:
                - {name: open, allow: [tcp/80, udp/80]}
            egress:
              default: allow
              rules:
                - {name: shut, deny: udp/99}
            """;

    private LocalAgent agent;
    private final RouteNetlink netlink = RouteNetlink.open();
    private Carried start;

    /// What went in and out of a namespace so far: `devicePackets` by the device, the rest by Weir.
    private record Carried(
            long outPackets,
            long outBytes,
            long inPackets,
            long inBytes,
            long allowedOut,
            long allowedOutBytes,
            long deniedOut,
            long deniedOutBytes,
            long allowedIn,
            long allowedInBytes,
            long deniedIn) {
        Carried since(Carried before) {
            return new Carried(
                    outPackets - before.outPackets,
                    outBytes - before.outBytes,
                    inPackets - before.inPackets,
                    inBytes - before.inBytes,
                    allowedOut - before.allowedOut,
                    allowedOutBytes - before.allowedOutBytes,
                    deniedOut - before.deniedOut,
                    deniedOutBytes - before.deniedOutBytes,
                    allowedIn - before.allowedIn,
                    allowedInBytes - before.allowedInBytes,
                    deniedIn - before.deniedIn);
        }

        boolean isAgreed() {
            return outPackets == allowedOut + deniedOut
                    && outBytes == allowedOutBytes + deniedOutBytes
                    && inPackets == allowedIn
                    && inBytes == allowedInBytes;
        }
    }

    @BeforeEach
    void start() {
        redAndBlue();
        quiet("red", "blue");
        save("blue.yaml", POLICY);
        agent = LocalAgent.start(config());
        start = carried();
    }

    @AfterEach
    void stop() {
        agent.close();
        netlink.close();
    }

    private LinkStatistics device() {
        return netlink.links().stream()
                .filter(link -> link.name().equals("veth-blue"))
                .findAny()
                .orElseThrow()
                .statistics();
    }

    private MeterSnapshot.Outcome weir(Direction direction, Verdict verdict) {
        return agent.outcome("blue", direction, verdict);
    }

    /// Both sides at one moment: between two equal looks at the device, no packet passed.
    private Carried carried() {
        while (true) {
            LinkStatistics before = device();
            var allowedOut = weir(EGRESS, Verdict.ALLOW);
            var deniedOut = weir(EGRESS, Verdict.DENY);
            var allowedIn = weir(INGRESS, Verdict.ALLOW);
            var deniedIn = weir(INGRESS, Verdict.DENY);
            if (before.equals(device())) {
                return new Carried(
                        before.rxPackets(),
                        before.rxBytes(),
                        before.txPackets(),
                        before.txBytes(),
                        allowedOut.packets(),
                        allowedOut.bytes(),
                        deniedOut.packets(),
                        deniedOut.bytes(),
                        allowedIn.packets(),
                        allowedIn.bytes(),
                        deniedIn.packets());
            }
        }
    }

    /// What enters is dropped before the device counts it, what leaves after.
    private void assertEqualCounts(long atLeast) {
        // A packet may be on its way still, counted by one of the two.
        Await.until(
                "both sides agree",
                () -> carried().since(start),
                () -> carried().since(start).isAgreed());
        Carried now = carried().since(start);
        assertTrue(now.outPackets() >= atLeast && now.inPackets() >= atLeast, now::toString);
    }

    @Test
    void datagramsAreCountedOneByOne() throws IOException {
        try (DatagramSocket server = Inside.echo("blue", BLUE, 80);
                DatagramSocket client = Inside.open("red", RED, 0)) {
            for (int i = 0; i < 200; i++) {
                assertTrue(Inside.asks(client, BLUE, server.getLocalPort()));
            }
        }
        assertEqualCounts(200);
        assertEquals(400, agent.rulePackets("blue", INGRESS, "open"), "both directions of what it allowed");
    }

    @Test
    void deniedDatagramsAreCountedOneByOneInBothDirections() throws IOException {
        try (DatagramSocket red = Inside.open("red", RED, 0);
                DatagramSocket blue = Inside.open("blue", BLUE, 0)) {
            for (int i = 0; i < 100; i++) {
                Inside.send(red, BLUE, 81, i);
                Inside.send(blue, RED, 99, i);
            }
        }
        Await.until("all are counted", () -> carried().since(start), () -> {
            Carried now = carried().since(start);
            return now.deniedIn() >= 100 && now.deniedOut() >= 100;
        });
        assertEqualCounts(1);
        assertEquals(100, agent.rulePackets("blue", INGRESS, "default"));
        assertEquals(100, agent.rulePackets("blue", EGRESS, "shut"));
        Carried now = carried().since(start);
        assertEquals(100, now.deniedOut());
        // Ethernet 14, IPv4 20, UDP 8
        assertEquals(100 * 42 + 99 * 100 / 2, now.deniedOutBytes());
    }

    @Test
    void bytesOfATcpConnectionAreThoseOfTheDevice() throws IOException {
        int total = 1 << 20;
        try (ServerSocket server = Probe.echo("blue", BLUE, 80);
                Socket client = Probe.connect("red", BLUE, server.getLocalPort(), 5_000)) {
            Thread writer = Thread.ofPlatform().start(() -> {
                try {
                    client.getOutputStream().write(new byte[total]);
                    client.shutdownOutput();
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            assertEquals(total, client.getInputStream().readAllBytes().length);
            writer.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        assertEqualCounts(total / 1500);
        assertTrue(carried().since(start).inBytes() > total);
    }

    @Test
    void flowsHaveTheirBytes() throws IOException {
        try (DatagramSocket server = Inside.echo("blue", BLUE, 80);
                DatagramSocket client = Inside.open("red", RED, 0)) {
            for (int i = 0; i < 10; i++) {
                assertTrue(Inside.asks(client, BLUE, server.getLocalPort()));
            }
            var flow = agent.flows("blue").stream()
                    .filter(candidate -> candidate.service().equals("udp/80"))
                    .findAny()
                    .orElseThrow();
            assertEquals(client.getLocalPort(), flow.outsidePort());
            assertEquals(10, flow.packetsIngress());
            assertEquals(10, flow.packetsEgress());
            assertEquals(10 * 142, flow.bytesIngress());
            assertEquals(10 * 142, flow.bytesEgress());
        }
    }
}
