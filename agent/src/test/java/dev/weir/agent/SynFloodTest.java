// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.packet.Checksums;
import dev.weir.agent.packet.Packet;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.wire.RawSender;
import dev.weir.policy.Service;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// SYNs from outside, where Weir sees no sender, to a namespace that goes on opening connections of its own.
class SynFloodTest extends HostTest {
    private static final int SYNS = 250_000;
    private static final int PER_SECOND = 150_000;
    private static final int NEW_PER_SECOND = 1_000;
    private static final int LAST_OPEN = 20_000; // below the ports that blue connects from
    private static final int QUOTA = 65_536; // the default of flows.per-namespace

    @BeforeEach
    void build() {
        redBlueAndGreenOfBothFamilies();
        Shell.run("ip link set veth-green address 02:00:00:00:00:01"); // as Packet has them
        Shell.run("ip -n green link set eth0 address 02:00:00:00:00:02");
        // What happens to have a right checksum would be answered, and the answers counted by the same rules.
        for (String command : List.of(
                "add table inet silent",
                "add chain inet silent in { type filter hook input priority 0 ; }",
                "add rule inet silent in tcp dport 1-" + LAST_OPEN + " drop")) {
            Shell.run("nsenter --net=/run/netns/blue nft " + command);
        }
        save("blue.yaml", policy("before"));
    }

    /// What other hosts say of the groups they are in is refused first, so that it is not among what is too much.
    private static String policy(String name) {
        return """
                policy: blue
                applies-to: {namespaces: [blue]}
                ingress: {default: deny, rules: [{name: noise, deny: [icmpv6, proto/2]}, {name: %s, allow: tcp/1-%d}]}
                egress: {default: deny, rules: [{allow: [icmpv6, proto/2]}, {allow: tcp/80}]}
                """.formatted(name, LAST_OPEN);
    }

    private LocalAgent start(int newPerSecond) throws IOException {
        try {
            return LocalAgent.start(
                    ConfigFile.load(Files.writeString(home.resolve("weir.yaml"), """
                            namespaces: {exclude: [green]}
                            flows: {new-per-second: %d}
                            """.formatted(newPerSecond)))
                            .withPolicies(policies)
                            .withBpffs(pins.root()));
        } catch (ConfigException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The flood of one family, on as many ports as there are; while it lasts blue connects to green, again
    /// and again, and policies change.
    ///
    /// @return seconds that the flood took
    private double flood(LocalAgent agent, String from, String to) throws IOException {
        byte[] syn = Checksums.fill(Packet.tcpPacket(from, 1, to, 1, Packet.SYN));
        int portsAt = Packet.ETHERNET + (from.contains(":") ? 40 : 20);
        try (RawSender sender = new RawSender(Map.of("green", "eth0"));
                ServerSocket server = Probe.echo("green", from, 80)) {
            long start = System.nanoTime();
            CompletableFuture<Long> sent = CompletableFuture.supplyAsync(() -> {
                sender.send("green", syn, new RawSender.Flood(portsAt, 0, SYNS, PER_SECOND));
                return System.nanoTime();
            });
            int connected = 0;
            while (!sent.isDone() || connected < 10) {
                assertEquals(
                        Probe.Outcome.CONNECTED,
                        Probe.attempt("blue", from, server.getLocalPort(), Inside.PATIENCE_MILLIS));
                connected++;
                LockSupport.parkNanos(10_000_000); // far from the limit
                if (connected == 5) {
                    save("blue.yaml", policy("after"));
                    agent.awaitReload();
                }
            }
            return (sent.join() - start) / 1e9;
        }
    }

    /// TCP flows that were opened from outside, of which there may be more than a view shows.
    private long tracked() {
        AtomicLong tracked = new AtomicLong();
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            maps.flows().forEach((key, flow) -> {
                if (key.protocol() == Service.TCP && flow.opener() == INGRESS) {
                    tracked.incrementAndGet();
                }
            });
        }
        return tracked.get();
    }

    private static long allowed(LocalAgent agent) {
        return Stream.of("before", "after")
                .mapToLong(rule -> agent.rulePackets("blue", INGRESS, rule))
                .sum();
    }

    /// How many SYNs of the flood are for ports that the policy opens; it drops the others.
    private static long open(LocalAgent agent) {
        long open = IntStream.range(0, SYNS)
                .map(i -> RawSender.shuffled(i) & 0xffff)
                .filter(port -> port >= 1 && port <= LAST_OPEN)
                .count();
        assertEquals(SYNS - open, agent.rulePackets("blue", INGRESS, "default"));
        return open;
    }

    @ParameterizedTest
    @CsvSource({"10.20.0.2, 10.10.0.3", "2001:db8:20::2, 2001:db8:10::3"})
    void whatIsTooMuchIsDroppedAndCountedExactly(String from, String to) throws IOException {
        try (LocalAgent agent = start(NEW_PER_SECOND)) {
            double seconds = flood(agent, from, to);
            long allowed = allowed(agent);
            assertEquals(open(agent), allowed + agent.drops("blue", INGRESS, DropReason.RATE));
            assertTrue(
                    allowed >= NEW_PER_SECOND && allowed <= NEW_PER_SECOND * (seconds + 1.1),
                    allowed + " in " + seconds + " s");
            assertEquals(allowed, tracked());
            assertEquals(0, agent.drops("blue", EGRESS, DropReason.RATE), "what leaves has an allowance of its own");
        }
    }

    @ParameterizedTest
    @CsvSource({"10.20.0.2, 10.10.0.3", "2001:db8:20::2, 2001:db8:10::3"})
    void withoutALimitTheQuotaHoldsAndNothingIsLeftUncounted(String from, String to) throws IOException {
        try (LocalAgent agent = start(0)) {
            flood(agent, from, to);
            assertEquals(open(agent), allowed(agent));
            assertEquals(0, agent.drops("blue", INGRESS, DropReason.RATE));
            MeterSnapshot.Flows flows = agent.tracking("blue");
            assertEquals(QUOTA, flows.live());
            assertTrue(flows.opened() + flows.untracked() >= open(agent), flows::toString);
        }
    }
}
