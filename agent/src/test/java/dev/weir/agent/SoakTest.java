// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.agent.WatchedAgent.Size;
import dev.weir.agent.flow.KernelView;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.Verdict;
import dev.weir.net.LinkStatistics;
import dev.weir.net.RouteNetlink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Namespaces, addresses and policies come, change and go without end while traffic crosses the host and agents are
/// killed.
/// At the end nothing of it is left, the agent has not grown, and every packet is accounted for.
@Tag("soak")
class SoakTest extends HostTest {
    private static final int MINUTES = Integer.getInteger("weir.soak.minutes", 3);
    private static final Duration THIRD = Duration.ofMinutes(MINUTES).dividedBy(3);
    private static final int KILLS = 4 * MINUTES;
    private static final int LOOKS = 50;
    private static final int ALWAYS = 1000;
    private static final int NEVER = 1001;
    private static final int SOMETIMES = 1002;

    /// What an agent may still grow by that has worked for half of its time, for code that it had no need of before.
    private static final long GROWTH_KIBIBYTES = 8 << 10;

    private final Churn churn = new Churn(lab, this::save);
    private final List<Way> ways = new ArrayList<>();
    private final RouteNetlink netlink = RouteNetlink.open();
    private final Path config = home.resolve("weir.yaml");

    @BeforeEach
    void build() throws IOException {
        redAndBlue().forwarding();
        for (String namespace : List.of("red", "blue")) {
            // Without them a packet is a packet for both sides; with them the device counts super-packets as one.
            Shell.run("ethtool -K veth-" + namespace + " tso off gso off gro off");
            Shell.run("nsenter --net=/run/netns/" + namespace + " ethtool -K eth0 tso off gso off gro off");
            // Else reports of multicast membership are among the packets, whenever they like.
            Shell.run("nsenter --net=/run/netns/" + namespace + " sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
            Shell.run("sysctl -qw net.ipv6.conf.veth-" + namespace + ".disable_ipv6=1");
        }
        Shell.run("sysctl -qw net.ipv6.conf.br0.disable_ipv6=1");
        Files.writeString(config, """
                policies: %s
                bpffs: %s
                flows: {idle: {tcp: 5s, udp: 1s, icmp: 1s}}
                """.formatted(policies, pins.root()));
        churn.settle();
    }

    @AfterEach
    void close() throws IOException {
        for (Way way : ways) {
            way.close();
        }
        netlink.close();
    }

    /// One side of a namespace's device.
    private record Side(String namespace, Direction direction) {}

    /// How many more packets the device carried than Weir counted, which does not change: they came before Weir.
    private Map<Side, Long> uncounted() {
        Map<Side, Long> uncounted = new HashMap<>();
        try (KernelView view = new KernelView(pins, "", null, _ -> EventPage.EMPTY)) {
            for (String namespace : List.of("red", "blue")) {
                for (Direction direction : Direction.values()) {
                    Side side = new Side(namespace, direction);
                    Await.until("no packet passes while it is counted", () -> {
                        LinkStatistics before = statistics(namespace);
                        long counted = counted(view, side);
                        long carried = direction == Direction.EGRESS ? before.rxPackets() : before.txPackets();
                        uncounted.put(side, carried - counted);
                        return before.equals(statistics(namespace));
                    });
                }
            }
        }
        return uncounted;
    }

    /// What enters is dropped before the device counts it.
    private static long counted(KernelView view, Side side) {
        return view.meters().outcomes().stream()
                .filter(row -> row.namespace().equals(side.namespace()) && row.direction() == side.direction())
                .filter(row -> side.direction() == Direction.EGRESS || row.verdict() != Verdict.DENY)
                .mapToLong(MeterSnapshot.Outcome::packets)
                .sum();
    }

    private LinkStatistics statistics(String namespace) {
        return netlink.links().stream()
                .filter(link -> link.name().equals("veth-" + namespace))
                .findAny()
                .orElseThrow()
                .statistics();
    }

    private Size churnAndLook(WatchedAgent agent) {
        Size least = Size.NONE;
        for (int i = 0; i < LOOKS; i++) {
            churn.go(THIRD.dividedBy(LOOKS));
            least = least.least(agent.size());
        }
        return least;
    }

    @Test
    void nothingIsLostOrLeftBehind() throws IOException {
        Remains remains;
        Map<Side, Long> uncounted;
        try (WatchedAgent agent = new WatchedAgent(config)) {
            assertTrue(agent.size().descriptors() > 0);
            remains = Remains.of(pins);
            uncounted = uncounted();
        }
        List<Integer> round = List.of(NEVER, ALWAYS, NEVER, SOMETIMES);
        ways.add(new Way("red", "blue", "10.10.0.3", 0, round, List.of()));
        ways.add(new Way("blue", "red", "10.10.0.2", 0, round, List.of()));
        for (int i = 0; i < KILLS; i++) {
            try (WatchedAgent killed = new WatchedAgent(config)) {
                assertTrue(killed.size().descriptors() > 0);
                churn.go(THIRD.dividedBy(KILLS));
            }
            churn.correct();
        }
        Size early;
        Size late;
        try (WatchedAgent agent = new WatchedAgent(config)) {
            early = churnAndLook(agent);
            late = churnAndLook(agent);
            churn.settle();
            ways.forEach(Way::end);
            Await.within(
                    Duration.ofSeconds(60),
                    "all is as it was at the start",
                    () -> "\nbefore " + remains + "\nnow " + Remains.of(pins),
                    () -> Remains.of(pins).equals(remains));
        }
        assertAll(
                () -> Stream.of("veth-red", "veth-blue").forEach(HostTest::linksOf),
                () -> assertEquals(uncounted, uncounted(), "packets of a device and of Weir"),
                () -> ways.forEach(SoakTest::assertJudged),
                () -> assertTrue(late.descriptors() <= early.descriptors(), () -> early + ", later " + late),
                () -> assertTrue(late.threads() <= early.threads(), () -> early + ", later " + late),
                () -> assertTrue(
                        late.residentKibibytes() - early.residentKibibytes() < GROWTH_KIBIBYTES,
                        () -> early + ", later " + late));
        long sent = ways.stream().mapToLong(Way::sent).sum();
        new Figures("soak")
                .add("length", MINUTES + " min", "a third of it with agents that are killed, one every 5 s")
                .add("changes of namespaces, addresses and policies", Figures.count(churn.steps()), "meanwhile")
                .add(
                        "packets unaccounted for",
                        "0",
                        "of " + Figures.count(sent) + ", compared with the devices' counters")
                .add("pins, links and map entries left behind", "0", "against the same host before")
                .add("resident memory", mebibytes(early) + ", then " + mebibytes(late), "second and last third")
                .add("descriptors", early.descriptors() + ", then " + late.descriptors(), "likewise");
    }

    private static String mebibytes(Size size) {
        return size.residentKibibytes() / 1024 + " MiB";
    }

    private static void assertJudged(Way way) {
        assertEquals(0, way.arrived(NEVER), () -> "what no policy lets through from " + way);
        assertEquals(way.sent(ALWAYS), way.arrived(ALWAYS), () -> "what all policies let through from " + way);
    }
}
