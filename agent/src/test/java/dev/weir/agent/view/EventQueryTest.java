// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventQueryTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final List<EventView> EVENTS = new SampleView().events;

    @Test
    void nothingAskedIsTheLatestOfAll() throws Exception {
        assertEquals(EventQuery.ALL, EventQuery.parse(Map.of()));
        assertTrue(EVENTS.stream().allMatch(EventQuery.ALL::matches));
    }

    @ParameterizedTest
    @CsvSource({
        "namespace, blue, 42 44",
        "not-namespace, blue, 43",
        "verdict, audit, 44",
        "not-verdict, deny, 44",
        "policy, trial, 44",
        "rule, '#2', 42",
        "direction, ingress, 42 43 44",
        "protocol, udp, ''",
        "port, 22, 42 43 44",
        "peer, 192.0.2.8, ''",
        "service, tcp/22, 42 43 44",
        "since, 2026-01-02T03:04:05.006Z, 43 44",
        "since, 2026-01-02T04:04:05.007+01:00, 44",
    })
    void filterLetsPass(String name, String value, String numbers) throws Exception {
        EventQuery query = EventQuery.parse(Map.of(name, List.of(value)));

        assertEquals(
                numbers,
                String.join(
                        " ",
                        EVENTS.stream()
                                .filter(query::matches)
                                .map(event -> Long.toString(event.number()))
                                .toList()));
    }

    @ParameterizedTest
    @CsvSource({
        "since, yesterday",
        "since, 5",
        "since, -5m",
        "since, 2026-01-02",
        "since, 9999999999s",
        "limit, 10001",
        "cursor, x",
        "cursor, -1",
        "cursor, 9999999999999999999",
        "sort, bytes",
        "not-since, 5m",
        "verdict, dropped",
    })
    void wrongValueIsRefused(String name, String value) {
        BadQuery bad = assertThrows(BadQuery.class, () -> EventQuery.parse(Map.of(name, List.of(value))));
        assertTrue(bad.problems().getFirst().contains(name), bad.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"30s, 30", "5m, 300", "2h, 7200", "1d, 86400", "0s, 0"})
    void timesAgoAreCountedFromNow(String text, long seconds) {
        assertEquals(NOW.minusSeconds(seconds), EventQuery.since(text, NOW));
    }

    @Test
    void sinceIsReadWhenItIsAsked() throws Exception {
        Instant before = Instant.now();
        EventQuery query = EventQuery.parse(Map.of("since", List.of("1h")));
        EventView old = EventView.of(1, before.minus(Duration.ofHours(2)), "old");
        EventView young = EventView.of(2, before, "young");

        assertFalse(query.matches(old));
        assertTrue(query.matches(young));
    }

    @Property
    void anyValueIsReadOrRefusedWithAReason(@ForAll String value) {
        for (String name : List.of("since", "limit", "cursor", "policy", "not-port")) {
            try {
                EventQuery.parse(Map.of(name, List.of(value)));
            } catch (BadQuery e) {
                assertFalse(e.problems().isEmpty());
            }
        }
    }
}
