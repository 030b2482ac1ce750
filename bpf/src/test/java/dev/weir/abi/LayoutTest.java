// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.StructShape.Field;
import java.io.IOException;
import java.lang.foreign.StructLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Walks both sides: what only C has, what only Java has, and what they lay out differently.
class LayoutTest {
    /// Structs that no Java code reads or writes.
    private static final Set<String> KERNEL_ONLY = Set.of("weir_fragment", "weir_fragments");

    private static final List<Codec<?>> CODECS = List.of(
            FlowKey.CODEC,
            Flow.CODEC,
            DeviceKey.CODEC,
            AddressKey.CODEC,
            Endpoint.CODEC,
            Account.CODEC,
            PeerKey.CODEC,
            Peer.CODEC,
            Handshakes.CODEC,
            Count.CODEC,
            Counters.CODEC,
            Cell.CODEC,
            CellOwner.CODEC,
            State.CODEC,
            ExpireArgs.CODEC,
            EndedFlow.CODEC,
            TakenFlow.CODEC,
            SumPlace.CODEC,
            SumPlaces.CODEC,
            Settings.CODEC,
            Vantage.CODEC,
            Answer.CODEC,
            Event.CODEC);

    private final Btf btf;

    LayoutTest() throws IOException {
        btf = Btf.read(Path.of("target/btf/abi.json"));
    }

    private static Map<String, StructShape> java() {
        Stream<StructLayout> layouts =
                Stream.concat(CODECS.stream().map(Codec::layout), ImageLayout.structs().stream());
        return layouts.map(StructShape::of).collect(Collectors.toMap(StructShape::name, Function.identity()));
    }

    @Test
    void structsAreTheSameInBothLanguages() {
        Map<String, StructShape> c = new LinkedHashMap<>(btf.structs());
        c.keySet().removeAll(KERNEL_ONLY);
        assertEquals("", String.join("\n", StructShape.differences(c, java())));
    }

    @Test
    void everyKindOfDifferenceIsNamed() {
        StructShape c = new StructShape(
                "weir_flow_key",
                8,
                List.of(
                        new Field("inside_port", 0, 2, "be16"),
                        new Field("outside_port", 2, 2, "be16"),
                        new Field("ifindex", 4, 4, "u32")));
        StructShape java = new StructShape(
                "weir_flow_key",
                10,
                List.of(
                        new Field("outside_port", 0, 2, "u16"),
                        new Field("inside_port", 2, 4, "u32"),
                        new Field("vantage", 6, 4, "u32")));
        assertEquals(
                """
                weir_flow_key: C size 8, Java size 10
                weir_flow_key.inside_port: C offset 0, Java offset 2
                weir_flow_key.inside_port: C size 2, Java size 4
                weir_flow_key.outside_port: C offset 2, Java offset 0
                weir_flow_key.outside_port: C type be16, Java type u16
                weir_flow_key.ifindex: in C only
                weir_flow_key.vantage: in Java only
                weir_cell: in C only
                weir_count: in Java only""",
                String.join(
                        "\n",
                        StructShape.differences(
                                ordered(c, new StructShape("weir_cell", 0, List.of())),
                                ordered(java, new StructShape("weir_count", 0, List.of())))));
    }

    private static Map<String, StructShape> ordered(StructShape... structs) {
        Map<String, StructShape> byName = new LinkedHashMap<>();
        Arrays.stream(structs).forEach(struct -> byName.put(struct.name(), struct));
        return byName;
    }

    @Test
    void enumsAndLimitsAreTheSameInBothLanguages() {
        Map<String, Long> outcomes = constants("WEIR_", Outcome.values(), Outcome::number);
        outcomes.put("WEIR_OUTCOMES", (long) Outcome.ROOM);
        Map<String, Map<String, Long>> java = Map.of(
                "weir_direction", constants("WEIR_", Direction.values(), Direction::number),
                "weir_verdict", constants("WEIR_", Verdict.values(), Verdict::number),
                "weir_on_change", constants("WEIR_", OnChange.values(), OnChange::number),
                "weir_outcome", outcomes,
                "weir_flow_state", constants("WEIR_FLOW_", FlowState.values(), FlowState::number),
                "weir_basis", constants("WEIR_BASIS_", Basis.values(), Basis::number),
                "weir_limits", limits());
        assertEquals(lines(btf.enums()), lines(java));
    }

    private static Map<String, Long> limits() {
        return Map.ofEntries(
                Map.entry("WEIR_LIMIT_LAYOUT", (long) Limits.LAYOUT),
                Map.entry("WEIR_LIMIT_MAX_ENDPOINTS", (long) Limits.MAX_ENDPOINTS),
                Map.entry("WEIR_LIMIT_MAX_CELLS", (long) Limits.MAX_CELLS),
                Map.entry("WEIR_LIMIT_MAX_ADDRESSES", (long) Limits.MAX_ADDRESSES),
                Map.entry("WEIR_LIMIT_MAX_NUMBER", (long) Limits.MAX_NUMBER),
                Map.entry("WEIR_LIMIT_MAX_FLOWS", (long) Limits.MAX_FLOWS),
                Map.entry("WEIR_LIMIT_MAX_PEERS", (long) Limits.MAX_PEERS),
                Map.entry("WEIR_LIMIT_WORLD", (long) Limits.WORLD),
                Map.entry("WEIR_LIMIT_ANYWHERE", (long) Limits.ANYWHERE),
                Map.entry("WEIR_LIMIT_HANDSHAKE_BUCKETS", (long) Limits.HANDSHAKE_BUCKETS),
                Map.entry("WEIR_LIMIT_IMAGES_BYTES", (long) Limits.IMAGES_BYTES),
                Map.entry("WEIR_LIMIT_NAME_BYTES", (long) Limits.NAME_BYTES),
                Map.entry("WEIR_LIMIT_DEVICE_BYTES", (long) Limits.DEVICE_BYTES),
                Map.entry("WEIR_LIMIT_HASH_BYTES", (long) Limits.HASH_BYTES),
                Map.entry("WEIR_LIMIT_IMAGE_MAGIC", (long) ImageLayout.MAGIC),
                Map.entry("WEIR_LIMIT_MAX_STEPS", (long) ImageLayout.MAX_STEPS),
                Map.entry("WEIR_LIMIT_EVENTS_PER_SECOND", (long) Limits.EVENTS_PER_SECOND),
                Map.entry("WEIR_LIMIT_NAMESPACE_EVENTS_PER_SECOND", (long) Limits.NAMESPACE_EVENTS_PER_SECOND),
                Map.entry("WEIR_LIMIT_MAX_VANTAGES", (long) Limits.MAX_VANTAGES),
                Map.entry("WEIR_LIMIT_MAX_LAYERS", (long) Limits.MAX_LAYERS),
                Map.entry("WEIR_LIMIT_HOST_NUMBER", (long) Limits.HOST_NUMBER),
                Map.entry("WEIR_LIMIT_RULE_ON_CHANGE_SHIFT", (long) ImageLayout.RULE_ON_CHANGE_SHIFT),
                Map.entry("WEIR_LIMIT_RULE_AUDIT", (long) ImageLayout.RULE_AUDIT),
                Map.entry("WEIR_LIMIT_RULE_LOG", (long) ImageLayout.RULE_LOG),
                Map.entry("WEIR_LIMIT_RULE_WATCH", (long) ImageLayout.RULE_WATCH),
                Map.entry("WEIR_LIMIT_MAX_SUMS", (long) Limits.MAX_SUMS));
    }

    /// A line for each constant, so that a failure shows which differs.
    private static String lines(Map<String, Map<String, Long>> enums) {
        return enums.entrySet().stream()
                .flatMap(type -> type.getValue().entrySet().stream()
                        .map(constant -> type.getKey() + "." + constant.getKey() + " = " + constant.getValue()))
                .sorted()
                .collect(Collectors.joining("\n"));
    }

    private static <E extends Enum<E>> Map<String, Long> constants(String prefix, E[] values, ToIntFunction<E> number) {
        Map<String, Long> numbers = new LinkedHashMap<>();
        Arrays.stream(values).forEach(value -> numbers.put(prefix + value.name(), (long) number.applyAsInt(value)));
        return numbers;
    }

    @Test
    void numbersLeadBackToTheirConstants() {
        for (Direction direction : Direction.values()) {
            assertEquals(direction, Direction.of(direction.number()));
        }
        for (Verdict verdict : Verdict.values()) {
            assertEquals(verdict, Verdict.of(verdict.number()));
        }
        for (OnChange onChange : OnChange.values()) {
            assertEquals(onChange, OnChange.of(onChange.number()));
        }
        for (Outcome outcome : Outcome.values()) {
            assertEquals(outcome, Outcome.of(outcome.number()));
        }
        for (Basis basis : Basis.values()) {
            assertEquals(basis, Basis.of(basis.number()));
        }
        for (FlowState state : FlowState.values()) {
            assertEquals(state, FlowState.of(state.number()));
        }
    }
}
