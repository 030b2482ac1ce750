// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowState;
import dev.weir.abi.IpAddress;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class FlowTextTest {
    private static final long NANOS = 1_000_000_000L;

    /// Rows of one text follow each other, as what is kept of one is used for the next.
    @Property
    void flowsAreWrittenAsJacksonWritesThem(@ForAll("flows") List<FlowView> flows) {
        FlowText text = new FlowText(1);
        StringBuilder expected = new StringBuilder();
        for (FlowView flow : flows) {
            text.append(new ShownFlow(flow));
            text.comma();
            expected.append(Json.line(flow)).append(',');
        }
        assertEquals(expected.toString(), new String(text.bytes(), 0, text.size(), UTF_8));
    }

    @Test
    void clearedTextBeginsAnew() {
        FlowText text = new FlowText(10);
        text.append("a long word before");
        text.clear();
        FlowView flow = new SampleView().flows.getFirst();
        text.append(new ShownFlow(flow));
        assertEquals(Json.line(flow), new String(text.bytes(), 0, text.size(), UTF_8));
    }

    @Test
    void moreAddressesThanAreKeptAreToldApart() {
        FlowText text = new FlowText(10);
        for (int i = 0; i < 5_000; i++) {
            String inside = "10.0.%d.%d".formatted(i % 3_000 / 256, i % 256);
            String outside = "2001:db8::%x:%x".formatted(i % 7, i);
            FlowView flow = SampleView.flow("blue", inside, 80, outside, 40_000, 1);
            text.clear();
            text.append(new ShownFlow(flow));
            assertEquals(Json.line(flow), new String(text.bytes(), 0, text.size(), UTF_8));
        }
    }

    @Provide
    Arbitrary<List<FlowView>> flows() {
        Arbitrary<String> names = Arbitraries.oneOf(
                Arbitraries.of("blue", "red", "", "#1", "größe", "tab\t", "\"quoted\"", "back\\slash", "\u0001", "𝄞"),
                Arbitraries.strings().alpha().ofMaxLength(63));
        Arbitrary<Integer> ports = Arbitraries.integers().between(0, 65_535);
        Arbitrary<IpAddress> addresses = Arbitraries.oneOf(
                Arbitraries.integers().map(IpAddress::ofV4),
                Arbitraries.longs().tuple2().map(both -> new IpAddress(both.get1(), both.get2())),
                Arbitraries.of("::", "2001:db8::", "2001:db8::1:0:0:7", "::1").map(IpAddress::parse));
        Arbitrary<String> protocols = Arbitraries.of("tcp", "udp", "icmp", "proto/47");
        Arbitrary<Long> counts = Arbitraries.longs()
                .edgeCases(edges -> edges.add(0L, 9L, 10L, 99L, 100L, 999L, 1000L, 999_999_999L, NANOS, -1L));
        Arbitrary<Long> nanos = Arbitraries.oneOf(
                Arbitraries.longs().between(1_700_000_000L * NANOS, 1_700_000_300L * NANOS),
                Arbitraries.longs().between(0, 300_000).map(millis -> millis * 1_000_000),
                Arbitraries.longs().between(0, 300_000_000).map(micros -> micros * 1_000),
                Arbitraries.longs().between(-300, 300).map(seconds -> seconds * NANOS),
                Arbitraries.longs().between(Long.MIN_VALUE / 2, Long.MAX_VALUE / 2));
        Arbitrary<Tail> tails = Combinators.combine(
                        Arbitraries.of(Verdict.class),
                        names,
                        counts.list().ofSize(6),
                        nanos.tuple2(),
                        Arbitraries.of(FlowState.class))
                .as((verdict, rule, numbers, times, state) ->
                        new Tail(verdict, rule, numbers, times.get1(), times.get2(), state));
        return Combinators.combine(
                        names.tuple2(),
                        Arbitraries.of(Direction.class),
                        protocols,
                        addresses.tuple2(),
                        ports.tuple2(),
                        Arbitraries.of("", "/8/0", "/80", "\""),
                        tails)
                .as((called, direction, protocol, ends, open, more, tail) -> {
                    int port = direction == Direction.EGRESS ? open.get2() : open.get1();
                    String service = more.equals("/80") ? protocol + "/" + port : protocol + more;
                    return new FlowView(
                            called.get1(),
                            called.get2(),
                            direction,
                            protocol,
                            ends.get1(),
                            open.get1(),
                            ends.get2(),
                            open.get2(),
                            service,
                            tail.verdict,
                            called.get2(),
                            tail.rule,
                            tail.counts.get(0),
                            tail.counts.get(1),
                            tail.counts.get(2),
                            tail.counts.get(3),
                            Instant.ofEpochSecond(0, tail.opened),
                            Instant.ofEpochSecond(0, tail.seen),
                            tail.counts.get(4),
                            tail.state,
                            tail.counts.get(5));
                })
                .list()
                .ofMaxSize(5);
    }

    /// The part of a flow behind its service.
    private record Tail(Verdict verdict, String rule, List<Long> counts, long opened, long seen, FlowState state) {}
}
