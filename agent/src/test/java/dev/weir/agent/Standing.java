// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Account;
import dev.weir.agent.flow.KernelView;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.MeterSnapshot;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/// What is counted under bpffs at one moment, read without an agent.
///
/// @param generation in force
/// @param counts that must never fall while their namespace lives, by namespace and what they count
record Standing(long generation, SortedMap<String, Long> counts) {
    static Standing of(PinPaths pins, Collection<String> namespaces) {
        SortedMap<String, Long> counts = new TreeMap<>();
        try (KernelView view = new KernelView(pins, _ -> EventPage.EMPTY)) {
            MeterSnapshot meters = view.meters();
            meters.outcomes().forEach(row -> {
                String name = "%s %s %s".formatted(row.namespace(), row.direction(), row.verdict());
                counts.put(name + " packets", row.packets());
                counts.put(name + " bytes", row.bytes());
            });
            meters.drops()
                    .forEach(row -> counts.put(
                            "%s %s drop %s".formatted(row.namespace(), row.direction(), row.reason()), row.packets()));
            meters.rules()
                    .forEach(row -> counts.put(
                            "%s %s rule %s of %s, %s"
                                    .formatted(
                                            row.namespace(), row.direction(), row.rule(), row.policy(), row.action()),
                            row.packets()));
            meters.flows().forEach(row -> {
                counts.put(row.namespace() + " flows opened", row.opened());
                counts.put(row.namespace() + " flows closed", row.closed());
            });
            counts.keySet().removeIf(name -> !namespaces.contains(name.substring(0, name.indexOf(' '))));
            return new Standing(meters.policy().generation(), counts);
        }
    }

    /// Fails if anything that `before` counted is less now, or not counted any more.
    void isNotBehind(Standing before) {
        assertTrue(generation >= before.generation(), () -> this + " is behind " + before);
        for (Map.Entry<String, Long> count : before.counts().entrySet()) {
            Long now = counts.get(count.getKey());
            assertTrue(
                    now != null && now >= count.getValue(),
                    () -> "%s was %d and is %s".formatted(count.getKey(), count.getValue(), now));
        }
    }

    /// Waits until as many flows are accounted for as there are: they come and go meanwhile.
    static void awaitFlowsAccounted(PinPaths pins) {
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            Await.until("each flow is accounted for", () -> flows(maps), () -> {
                long accounted = maps.readFlowCount();
                return accounted == entries(maps)
                        && accounted == ofNamespaces(maps)
                        && accounted == maps.readFlowCount();
            });
        }
    }

    private static String flows(WeirMaps maps) {
        return "%d accounted, %d of namespaces, %d entries"
                .formatted(maps.readFlowCount(), ofNamespaces(maps), entries(maps));
    }

    private static long entries(WeirMaps maps) {
        AtomicLong entries = new AtomicLong();
        maps.flows().forEach((key, flow) -> entries.incrementAndGet());
        return entries.get();
    }

    private static long ofNamespaces(WeirMaps maps) {
        long flows = 0;
        for (int number = 1; number < maps.accounts().info().maxEntries(); number++) {
            flows += maps.accounts()
                    .read(maps.accounts().offset(number), Account.CODEC)
                    .flows();
        }
        return flows;
    }
}
