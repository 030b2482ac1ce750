// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowState;
import dev.weir.abi.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TrafficFilterTest {
    private static final Map<Criterion, List<String>> VALUES = Map.of(
            Criterion.NAMESPACE, List.of("blue", "red", "b*", "*", "?ed"),
            Criterion.PEER, List.of("192.0.2.1", "192.0.2.0/25", "2001:db8::/32", "0.0.0.0/0", "any"),
            Criterion.SERVICE, List.of("tcp", "tcp/443", "udp/50-60", "icmp/8", "proto/47", "any"),
            Criterion.VERDICT, List.of("allow", "deny", "reject", "audit"),
            Criterion.POLICY, List.of("web", "w*", "*", "mail"),
            Criterion.RULE, List.of("#1", "unselected", "*", "#?"),
            Criterion.DIRECTION, List.of("egress", "ingress"),
            Criterion.PROTOCOL, List.of("tcp", "udp", "icmp", "proto/47", "proto/17"),
            Criterion.PORT, List.of("443", "0-1000", "50-60", "65535"));

    @Property(tries = 500)
    void filterAndItsNegationPartitionTheFlows(@ForAll long seed, @ForAll Criterion criterion) throws Exception {
        Random random = new Random(seed);
        List<String> values = values(random, criterion, 1 + random.nextInt(3));
        TrafficFilter wanted = filter(Map.of(criterion.word(), values));
        TrafficFilter unwanted = filter(Map.of(criterion.negated(), values));

        for (FlowView flow : flows(random, 30)) {
            assertTrue(wanted.matches(flow) != unwanted.matches(flow), () -> criterion + " " + values + " " + flow);
        }
    }

    @Property(tries = 500)
    void severalValuesAreAnyOfThem(@ForAll long seed, @ForAll Criterion criterion) throws Exception {
        Random random = new Random(seed);
        List<String> values = values(random, criterion, 2 + random.nextInt(3));
        TrafficFilter all = filter(Map.of(criterion.word(), values));

        for (FlowView flow : flows(random, 30)) {
            boolean any = false;
            for (String value : values) {
                any |= filter(Map.of(criterion.word(), List.of(value))).matches(flow);
            }
            assertEquals(any, all.matches(flow), () -> criterion + " " + values + " " + flow);
        }
    }

    @Property(tries = 500)
    void severalFiltersMustAllHold(
            @ForAll long seed, @ForAll Criterion one, @ForAll Criterion other, @ForAll @IntRange(max = 3) int negations)
            throws Exception {
        if (one == other) {
            return;
        }
        Random random = new Random(seed);
        Map<String, List<String>> first =
                Map.of((negations & 1) == 0 ? one.word() : one.negated(), values(random, one, 1));
        Map<String, List<String>> second =
                Map.of((negations & 2) == 0 ? other.word() : other.negated(), values(random, other, 1));
        Map<String, List<String>> both = new HashMap<>(first);
        both.putAll(second);
        TrafficFilter all = filter(both);

        for (FlowView flow : flows(random, 30)) {
            assertEquals(
                    filter(first).matches(flow) && filter(second).matches(flow),
                    all.matches(flow),
                    () -> both + " " + flow);
        }
    }

    @Test
    void packetThatCouldNotBeReadMeetsNoFilterOfWhatItLacks() throws Exception {
        EventView event = EventView.of(
                1,
                SampleView.APPLIED,
                0,
                new EventView.Packet(
                        "blue",
                        "veth-blue",
                        Direction.EGRESS,
                        Verdict.DENY,
                        DropReason.MALFORMED,
                        "",
                        null,
                        Direction.EGRESS,
                        null,
                        0,
                        null,
                        null,
                        null,
                        0,
                        null,
                        0,
                        "",
                        1,
                        60,
                        3));

        for (String name : List.of("service", "protocol", "rule", "port")) {
            Criterion criterion = Criterion.valueOf(name.toUpperCase(Locale.ROOT));
            String value = VALUES.getOrDefault(criterion, List.of()).getFirst();
            assertFalse(filter(Map.of(name, List.of(value))).matches(event), name);
            assertTrue(filter(Map.of("not-" + name, List.of(value))).matches(event), name);
        }
        assertTrue(filter(Map.of("namespace", List.of("blue"), "verdict", List.of("deny")))
                .matches(event));
    }

    @Test
    void whatHappenedToTheAgentIsShownWhereNothingIsFiltered() throws Exception {
        EventView event = EventView.of(1, SampleView.APPLIED, "the agent has started");

        assertTrue(TrafficFilter.ALL.matches(event));
        assertTrue(filter(Map.of()).matches(event));
        assertFalse(filter(Map.of("namespace", List.of("*"))).matches(event));
        assertFalse(filter(Map.of("not-namespace", List.of("blue"))).matches(event));
    }

    private static TrafficFilter filter(Map<String, List<String>> parameters) throws BadQuery {
        return FlowQuery.parse(parameters).filter();
    }

    private static List<String> values(Random random, Criterion criterion, int count) {
        List<String> all = VALUES.getOrDefault(criterion, List.of());
        List<String> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(all.get(random.nextInt(all.size())));
        }
        return values;
    }

    private static List<FlowView> flows(Random random, int count) {
        List<FlowView> flows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            flows.add(flow(random));
        }
        return flows;
    }

    private static FlowView flow(Random random) {
        String protocol = pick(random, "tcp", "udp", "icmp", "proto/47");
        Direction direction = random.nextBoolean() ? Direction.EGRESS : Direction.INGRESS;
        int inside = pick(random, 443, 53, 0, 65535);
        int outside = pick(random, 443, 53, 40000, 1000);
        int port = direction == Direction.EGRESS ? outside : inside;
        String service = switch (protocol) {
            case "icmp" -> "icmp/8/0";
            case "proto/47" -> protocol;
            default -> protocol + "/" + port;
        };
        return new FlowView(
                pick(random, "blue", "red", "green"),
                "veth",
                direction,
                protocol,
                IpAddress.parse("10.0.0.2"),
                inside,
                IpAddress.parse(pick(random, "192.0.2.1", "192.0.2.129", "2001:db8::1")),
                outside,
                service,
                pick(random, Verdict.values()),
                pick(random, "web", "mail", ""),
                pick(random, "#1", "#2", "unselected", "http"),
                1,
                1,
                100,
                100,
                SampleView.APPLIED,
                SampleView.APPLIED,
                0,
                FlowState.NEW,
                0);
    }

    @SafeVarargs
    private static <T> T pick(Random random, T... choices) {
        return choices[random.nextInt(choices.length)];
    }
}
