// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.agent.pins.WeirMaps;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Policies change while datagrams cross the host in both directions, bridged and routed, as fast as it takes them. No
/// packet is judged by a mix of two generations or by none, and none is lost that both let through.
@Tag("prove")
class ReloadUnderLoadTest extends HostTest {
    private static final int RELOADS = 1_000;
    private static final Duration LIMIT = Duration.ofSeconds(Figures.FULL ? 1_000_000 : 20);

    /// Let through by every generation, and by every second one.
    private static final int ALWAYS = 1000;

    private static final int FIRST = 1001;
    private static final int SECOND = 1002;

    /// Let through by no generation: each stops them at another device, so that two who judge a packet together let it
    /// through. At the two ends of a way; and at an end and the bridge.
    private static final int FORTH = 1003;

    private static final int BACK = 1004;
    private static final int BRIDGE_FORTH = 1005;
    private static final int BRIDGE_BACK = 1006;

    private static final int ROUND = 24;
    private static final long HURRY_NANOS = Duration.ofMillis(40).toNanos();

    private static final String ENDS = """
            policy: ends
            applies-to: {namespaces: [red, blue, green, olive]}
            egress: {default: allow, rules: [{name: always, allow: udp/1000}, {deny: [%s]}]}
            ingress: {default: allow, rules: [{name: always, allow: udp/1000}, {deny: [%s]}]}
            """;
    private static final List<String> ENDS_OF = List.of(
            ENDS.formatted("udp/1002, udp/1004, udp/1006", "udp/1002, udp/1003"),
            ENDS.formatted("udp/1001, udp/1003, udp/1005", "udp/1001, udp/1004"));

    private static final String BRIDGE = """
            policy: bridge
            applies-to: {devices: [br0]}
            egress: {default: allow, rules: [{deny: [%1$s]}]}
            ingress: {default: allow, rules: [{deny: [%1$s]}]}
            """;
    private static final List<String> BRIDGE_OF =
            List.of(BRIDGE.formatted("udp/1002, udp/1005"), BRIDGE.formatted("udp/1001, udp/1006"));

    private final Path current = home.resolve("current");
    private final List<Way> ways = new ArrayList<>();
    private int selected;

    /// Red and blue are sent to over the bridge, green and olive through the host.
    @BeforeEach
    void build() throws IOException {
        redBlueAndGreen().onBridge("br0", "olive", "10.10.0.4/24", "10.10.0.1");
        for (int set = 0; set < 2; set++) {
            Path directory = Files.createDirectory(home.resolve(String.valueOf(set)));
            Files.writeString(directory.resolve("ends.yaml"), ENDS_OF.get(set));
            Files.writeString(directory.resolve("bridge.yaml"), BRIDGE_OF.get(set));
        }
        Files.writeString(policies.resolve("bridge.yaml"), BRIDGE.formatted("udp/1005, udp/1006"));
    }

    private void send() throws IOException {
        int processors = Runtime.getRuntime().availableProcessors();
        way("red", "blue", "10.10.0.3", 0, FORTH, BACK);
        way("blue", "red", "10.10.0.2", 1 % processors, FORTH, BACK);
        way("green", "olive", "10.10.0.4", 2 % processors, FORTH, BACK, BRIDGE_FORTH, BRIDGE_BACK);
        way("olive", "green", "10.20.0.2", 3 % processors, FORTH, BACK, BRIDGE_FORTH, BRIDGE_BACK);
    }

    private void way(String from, String to, String address, int processor, int... never) throws IOException {
        List<Integer> round = new ArrayList<>();
        for (int i = 0; i < ROUND; i++) {
            round.add(
                    switch (i % 8) {
                        case 2 -> FIRST;
                        case 5 -> SECOND;
                        default -> i == 7 ? ALWAYS : never[i % 8 % never.length];
                    });
        }
        ways.add(new Way(from, to, address, processor, round, List.of(FIRST, SECOND)));
    }

    @AfterEach
    void close() throws IOException {
        for (Way way : ways) {
            way.close();
        }
    }

    private void link(int set) {
        try {
            Path draft = Files.createSymbolicLink(home.resolve("draft"), home.resolve(String.valueOf(set)));
            Files.move(draft, current, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        selected = set;
    }

    private void overwrite(int set) {
        try {
            Files.writeString(policies.resolve("ends.yaml"), ENDS_OF.get(set));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        selected = set;
    }

    /// Waits until every way has let through whole rounds by what was saved last.
    private void awaitOnEveryWay() {
        int wanted = selected == 0 ? FIRST : SECOND;
        int other = selected == 0 ? SECOND : FIRST;
        Await.until(
                "the new policies are seen on every way",
                () -> ways.stream().allMatch(way -> way.latestRound(wanted) > way.latestRound(other) + 2));
    }

    /// When policies are saved again.
    private enum Pace {
        /// When the epoch before is retired, as in a host where little happens.
        RESTED,
        /// When they are seen on every way.
        SEEN,
        /// At any time.
        HURRIED
    }

    private interface Saving {
        void save(int set);
    }

    /// Saves policies over and over, and returns when each time was.
    private List<Long> change(Saving saving, Pace pace) {
        awaitOnEveryWay();
        Random random = new Random(1);
        List<Long> saved = new ArrayList<>();
        long start = System.nanoTime();
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            while (saved.size() < RELOADS && System.nanoTime() - start < LIMIT.toNanos()) {
                saved.add(System.nanoTime());
                saving.save(1 - selected);
                if (pace == Pace.HURRIED) {
                    LockSupport.parkNanos(random.nextLong(HURRY_NANOS));
                } else {
                    awaitOnEveryWay();
                    Await.until(
                            "the epoch before is retired",
                            () -> pace == Pace.SEEN
                                    || maps.readState().oldest()
                                            == maps.readState().epoch());
                }
            }
        }
        awaitOnEveryWay();
        return saved;
    }

    private void hold(Path directory, Saving saving, Pace pace, Figures figures) throws IOException {
        try (LocalAgent agent = LocalAgent.start(config().withPolicies(directory))) {
            send();
            List<Long> saved = change(saving, pace);
            ways.forEach(Way::end);
            Map<Integer, Long> mixed = mixed();
            assertAll(
                    () -> assertEquals(
                            Set.of(0L), Set.copyOf(mixed.values()), () -> "let through by none, by kind: " + mixed),
                    () -> ways.forEach(this::assertNothingWasLost),
                    () -> assertEveryPacketWasJudgedByItsRule(agent),
                    () -> ways.forEach(way -> assertInOrder(way, pace == Pace.HURRIED ? -1 : saved.size())));
            figures.add(
                            "reloads",
                            Figures.count(agent.report().reloads()),
                            Figures.count(saved.size()) + " times saved")
                    .add(
                            "packets judged by a mix or by none",
                            "0",
                            "of " + howMany(FORTH, BACK, BRIDGE_FORTH, BRIDGE_BACK) + " that no policy lets through")
                    .add("packets wrongly dropped", "0", "of " + howMany(ALWAYS) + " that both policies let through")
                    .add(
                            "packets out of order",
                            "0",
                            "of " + howMany(FIRST, SECOND) + " that one of them lets through");
            if (pace != Pace.HURRIED) {
                figures.add(
                        "from the saved file to the last packet under the old policies",
                        Figures.millis(lags(saved)),
                        "the slowest of four ways at a time");
            }
        }
    }

    private Map<Integer, Long> mixed() {
        return Stream.of(FORTH, BACK, BRIDGE_FORTH, BRIDGE_BACK)
                .collect(Collectors.toMap(
                        kind -> kind,
                        kind -> ways.stream()
                                .mapToLong(way -> way.arrived(kind))
                                .sum()));
    }

    private String howMany(int... kinds) {
        return Figures.count(Arrays.stream(kinds).mapToLong(this::sent).sum());
    }

    private long sent(int kind) {
        return ways.stream().mapToLong(way -> way.sent(kind)).sum();
    }

    private void assertNothingWasLost(Way way) {
        Await.until("all have come from " + way, () -> way.arrived(ALWAYS) >= way.sent(ALWAYS));
        assertEquals(way.sent(ALWAYS), way.arrived(ALWAYS), () -> "from " + way);
    }

    private void assertEveryPacketWasJudgedByItsRule(LocalAgent agent) {
        for (Direction direction : Direction.values()) {
            assertEquals(
                    sent(ALWAYS),
                    agent.rulePackets("ends", direction, "always"),
                    () -> "judged by the rule, " + direction);
        }
    }

    /// Once a datagram was let through that only one generation lets through, no later one is of the other.
    private static void assertInOrder(Way way, int changes) {
        List<Runs.Run> runs = way.runs(FIRST, SECOND);
        for (int i = 1; i < runs.size(); i++) {
            Runs.Run before = runs.get(i - 1);
            Runs.Run after = runs.get(i);
            assertFalse(before.crosses(after), () -> "from " + way + ": " + before + " crosses " + after);
        }
        assertTrue(changes < 0 || runs.size() == changes + 1, () -> "from " + way + ": " + runs.size());
    }

    /// How long each change took until no way let anything through by the policies before.
    private long[] lags(List<Long> saved) {
        long[] lags = new long[saved.size()];
        for (Way way : ways) {
            List<Runs.Run> runs = way.runs(FIRST, SECOND);
            for (int i = 0; i < lags.length; i++) {
                lags[i] = Math.max(lags[i], runs.get(i + 1).nanosAfter(runs.get(i)) - saved.get(i));
            }
        }
        return lags;
    }

    @Test
    void noPacketIsJudgedByAMixWhenADirectoryIsSwapped() throws IOException {
        link(0);
        hold(current, this::link, Pace.RESTED, new Figures("reload-rested"));
    }

    @Test
    void noPacketIsJudgedByAMixWhenAFileIsWrittenInPlace() throws IOException {
        overwrite(0);
        hold(policies, this::overwrite, Pace.SEEN, new Figures("reload-seen"));
    }

    @Test
    void noPacketIsJudgedByAMixWhenChangesFollowEachOtherInAHurry() throws IOException {
        link(0);
        hold(current, this::link, Pace.HURRIED, new Figures("reload-hurried"));
    }
}
