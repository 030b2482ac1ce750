// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.ExpireArgs;
import dev.weir.agent.enforce.Drift;
import dev.weir.agent.enforce.Drifts;
import dev.weir.agent.enforce.Report;
import dev.weir.agent.enforce.Subjects;
import dev.weir.agent.netns.World;
import dev.weir.agent.pins.Attachments;
import dev.weir.policy.PolicySet;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AgentNewsTest {
    private static final String HASH = PolicySet.EMPTY.hash().substring(0, 12);
    private static final Report BEFORE = report(3, 1, null, Map.of());

    private static Report report(
            long reloads, long refused, @Nullable String error, Map<DeviceKey, String> deviceErrors, Drift... drifts) {
        return new Report(
                PolicySet.EMPTY,
                new Subjects(List.of(), List.of(), List.of(), Map.of()),
                List.of(),
                List.of(),
                World.EMPTY,
                List.of(),
                Map.of(),
                new Attachments(Set.of(), Set.of()),
                new Drifts(List.of(drifts), Set.of()),
                deviceErrors,
                Map.of(),
                Map.of(),
                error,
                reloads,
                refused,
                0);
    }

    private static Drift drift(String what, @Nullable Instant ended) {
        return new Drift(
                Drift.Kind.PIN_MISSING,
                new Drift.Place("", "", ExpireArgs.NO_DEVICE, ""),
                what,
                "",
                Instant.EPOCH,
                ended);
    }

    @Test
    void nothingNewIsNoNews() {
        assertEquals(List.of(), AgentNews.between(BEFORE, BEFORE));
        assertEquals(List.of(), AgentNews.between(BEFORE, report(3, 1, null, Map.of())));
    }

    @Test
    void reloadIsToldWithItsPolicies() {
        assertEquals(
                List.of("policies " + HASH + " are in force"), AgentNews.between(BEFORE, report(4, 1, null, Map.of())));
        assertEquals(
                List.of("policies " + HASH + " are in force, after 2 others that followed each other at once"),
                AgentNews.between(BEFORE, report(6, 1, null, Map.of())));
    }

    @Test
    void refusalIsToldOnceWithItsReason() {
        Report refused = report(3, 2, "the directory cannot be read", Map.of());

        assertEquals(
                List.of("policies were refused, the last good generation stays in force: the directory cannot be read"),
                AgentNews.between(BEFORE, refused));
        assertEquals(List.of(), AgentNews.between(refused, refused));
    }

    @Test
    void errorIsToldWhenItIsAnother() {
        Report failing = report(3, 1, "netlink: ENOBUFS", Map.of());

        assertEquals(List.of("netlink: ENOBUFS"), AgentNews.between(BEFORE, failing));
        assertEquals(List.of(), AgentNews.between(failing, failing));
        assertEquals(List.of("netlink: EPERM"), AgentNews.between(failing, report(3, 1, "netlink: EPERM", Map.of())));
        assertEquals(List.of(), AgentNews.between(failing, BEFORE)); // an error that is over is no news
    }

    @Test
    void deviceThatCannotBeEnforcedIsNamed() {
        Report failing = report(3, 1, null, Map.of(new DeviceKey(7, 0), "EPERM"));

        assertEquals(1, AgentNews.between(BEFORE, failing).size());
        assertTrue(
                AgentNews.between(BEFORE, failing).getFirst().endsWith(" is not enforced: EPERM"),
                AgentNews.between(BEFORE, failing)::toString);
        assertEquals(List.of(), AgentNews.between(failing, failing));
    }

    @Test
    void ofVeryManyDevicesTheFirstAreNamed() {
        Map<DeviceKey, String> many = new HashMap<>();
        for (int i = 1; i <= 500; i++) {
            many.put(new DeviceKey(i, 0), "EPERM");
        }
        assertEquals(100, AgentNews.between(BEFORE, report(3, 1, null, many)).size());
    }

    @Test
    void driftIsToldWhenItBeginsAndWhenItEnds() {
        Drift lasting = drift("1 pin was taken away", null);
        Drift ended = drift("1 pin was taken away", Instant.EPOCH.plusSeconds(1));
        Report drifted = report(3, 1, null, Map.of(), lasting);

        assertEquals(List.of(lasting.sentence()), AgentNews.between(BEFORE, drifted));
        assertEquals(List.of(), AgentNews.between(drifted, drifted));
        assertEquals(List.of(ended.sentence()), AgentNews.between(drifted, report(3, 1, null, Map.of(), ended)));
    }
}
