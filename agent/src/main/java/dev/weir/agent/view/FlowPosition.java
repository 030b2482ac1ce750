// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.abi.IpAddress;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;

/// Where a flow stands in an order that no two flows share a place in: the larger `value` first, then by identity. A
/// page ends at a position and the next begins after it, so that going on costs no more than beginning.
/// @param value what is sorted by: bytes, packets, or nanoseconds
public record FlowPosition(FlowQuery.Sort sort, long value, FlowId id) implements Comparable<FlowPosition> {
    private static final Comparator<FlowPosition> ORDER =
            Comparator.comparingLong((FlowPosition position) -> -position.value).thenComparing(FlowPosition::id);

    /// Names of namespaces are file names: they hold no NUL.
    private static final String SEPARATOR = "\0";

    static FlowPosition of(FlowQuery.Sort sort, FlowView flow) {
        return new FlowPosition(sort, value(sort, flow), FlowId.of(flow));
    }

    static long value(FlowQuery.Sort sort, FlowView flow) {
        return switch (sort) {
            case NONE -> 0;
            case BYTES -> flow.bytes();
            case PACKETS -> flow.packets();
            case AGE -> -nanos(flow.openedAt());
            case RECENT -> nanos(flow.lastSeenAt());
        };
    }

    /// Reads what [#cursor] wrote.
    /// @throws IllegalArgumentException when it is none, or one of another order
    static FlowPosition parse(FlowQuery.Sort sort, String cursor) {
        try {
            String[] fields = new String(Base64.getUrlDecoder().decode(cursor), UTF_8).split(SEPARATOR, -1);
            if (fields.length == 9 && fields[0].equals(sort.word())) {
                return new FlowPosition(
                        sort,
                        Long.parseLong(fields[1]),
                        new FlowId(
                                fields[2],
                                fields[3],
                                fields[4],
                                IpAddress.parse(fields[5]),
                                Integer.parseInt(fields[6]),
                                IpAddress.parse(fields[7]),
                                Integer.parseInt(fields[8])));
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not a nextCursor that this agent gave", e);
        }
        throw new IllegalArgumentException("not a nextCursor that this agent gave for sort=" + sort.word());
    }

    /// This position as text that fits into a query.
    String cursor() {
        String text = String.join(
                SEPARATOR,
                sort.word(),
                Long.toString(value),
                id.namespace(),
                id.device(),
                id.protocol(),
                id.insideAddress().toString(),
                Integer.toString(id.insidePort()),
                id.outsideAddress().toString(),
                Integer.toString(id.outsidePort()));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }

    @Override
    public int compareTo(FlowPosition other) {
        return ORDER.compare(this, other);
    }

    private static long nanos(Instant instant) {
        return TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
    }
}
