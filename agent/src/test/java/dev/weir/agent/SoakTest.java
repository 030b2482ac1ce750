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

/// Namespaces, addresses and policies come, change and go without end while traffic crosses the host and
/// agents are killed. At the end nothing of it is left, the agent has not grown, and every packet is
/// accounted for.
@Tag("soak")
class SoakTest extends HostTest {
    private static final int MINUTES = Integer.getInteger("weir.soak.minutes", 3);
    private static final Duration THIRD = Duration.ofMinutes(MINUTES).dividedBy(3);
    private static final int KILLS = 4 * MINUTES;
    private static final int ALWAYS = 1000;
    private static final int NEVER = 1001;
    private static final int SOMETIMES = 1002;

    /// What an agent may still grow by that has worked for a third and keeps all events that it may, for code that it
    /// had no need of before.
    private static final long HEAP_GROWTH_BYTES = 256 << 10;

    private static final long OUTSIDE_GROWTH_KIBIBYTES = 4 << 10;

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
        try (KernelView view = new KernelView(pins, _ -> EventPage.EMPTY)) {
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

    private Size sizeAtRest(WatchedAgent agent) {
        churn.settle();
        return agent.size();
    }

    @Test
    void nothingIsLostOrLeftBehind() throws IOException {
        Remains remains;
        Map<Side, Long> uncounted;
        try (WatchedAgent agent = new WatchedAgent(config)) {
            assertTrue(agent.isAlive());
            remains = Remains.of(pins);
            uncounted = uncounted();
        }
        List<Integer> round = List.of(NEVER, ALWAYS, NEVER, SOMETIMES);
        ways.add(new Way("red", "blue", "10.10.0.3", 0, round, List.of()));
        ways.add(new Way("blue", "red", "10.10.0.2", 0, round, List.of()));
        for (int i = 0; i < KILLS; i++) {
            try (WatchedAgent killed = new WatchedAgent(config)) {
                churn.go(THIRD.dividedBy(KILLS));
                assertTrue(killed.isAlive());
            }
            churn.correct();
        }
        Size early;
        Size late;
        long between;
        try (WatchedAgent agent = new WatchedAgent(config)) {
            churn.go(THIRD);
            Await.within(Duration.ofMinutes(2), "the agent keeps as many events as it may", () -> "", () -> {
                churn.go(Duration.ofSeconds(1));
                return agent.keepsAllItMay();
            });
            early = sizeAtRest(agent);
            between = churn.steps();
            churn.go(THIRD);
            between = churn.steps() - between;
            late = sizeAtRest(agent);
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
                () -> assertNotGrown(early, late));
        long sent = ways.stream().mapToLong(Way::sent).sum();
        new Figures("soak")
                .add("length", MINUTES + " min", "a third of it with agents that are killed, one every 5 s")
                .add("changes of namespaces, addresses and policies", Figures.count(churn.steps()), "meanwhile")
                .add(
                        "packets unaccounted for",
                        "0",
                        "of " + Figures.count(sent) + ", compared with the devices' counters")
                .add("pins, links and map entries left behind", "0", "against the same host before")
                .add(
                        "what lives on the heap of an agent",
                        kibibytes(early.heap().bytes() >> 10) + ", then "
                                + kibibytes(late.heap().bytes() >> 10),
                        "before and after the last third, " + Figures.count(between) + " of the changes")
                .add(
                        "its resident memory outside of the heap",
                        kibibytes(early.outsideKibibytes()) + ", then " + kibibytes(late.outsideKibibytes()),
                        "likewise")
                .add("its descriptors", early.descriptors() + ", then " + late.descriptors(), "likewise")
                .add("its threads", early.threads() + ", then " + late.threads(), "likewise");
    }

    private static String kibibytes(long size) {
        return Figures.count(size) + " KiB";
    }

    private static void assertNotGrown(Size early, Size late) {
        assertAll(
                () -> assertTrue(
                        late.heap().bytes() - early.heap().bytes() < HEAP_GROWTH_BYTES,
                        () -> growth("heap", early, late) + late.heap().growthSince(early.heap())),
                () -> assertTrue(
                        late.outsideKibibytes() - early.outsideKibibytes() < OUTSIDE_GROWTH_KIBIBYTES,
                        () -> growth("memory outside of the heap", early, late)),
                () -> assertTrue(late.descriptors() <= early.descriptors(), () -> growth("descriptors", early, late)),
                () -> assertTrue(late.threads() <= early.threads(), () -> growth("threads", early, late)));
    }

    private static String growth(String what, Size early, Size late) {
        return "the agent has grown in %s:%nfirst %s,%nthen %s".formatted(what, early, late);
    }

    private static void assertJudged(Way way) {
        assertEquals(0, way.arrived(NEVER), () -> "what no policy lets through from " + way);
        assertEquals(way.sent(ALWAYS), way.arrived(ALWAYS), () -> "what all policies let through from " + way);
    }
}
