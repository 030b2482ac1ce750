// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which flows to show, in which order.
/// @param limit flows on a page, 1..[#MAX_LIMIT]; without an order about so many of the table, before
///     it is filtered, or 0: all
/// @param after the last flow of the page before; null for the first page, and without an order
/// @param position where to go on in the table without an order; 0 for the first page
public record FlowQuery(
        TrafficFilter filter,
        Sort sort,
        int limit,
        @Nullable FlowPosition after,
        int position) {
    public static final int DEFAULT_LIMIT = 100;
    public static final int MAX_LIMIT = 10_000;

    private static final String PLACE = "table-";

    /// Every flow, the largest first.
    public static final FlowQuery ALL = new FlowQuery(TrafficFilter.ALL, Sort.BYTES, DEFAULT_LIMIT, null, 0);

    private static final Set<String> PARAMETERS = Parameters.names("sort", "limit", "cursor");

    /// What comes first: most bytes, most packets, the oldest, the last one that a packet was seen of;
    /// or whatever comes first in the kernel's table.
    public enum Sort {
        BYTES,
        PACKETS,
        AGE,
        RECENT,
        NONE;

        private final String word = Words.of(this);

        @JsonValue
        public String word() {
            return word;
        }
    }

    /// Flows that a stream may show; it holds them.
    public static final int MAX_STREAMED = 1000;

    private static final Set<String> OF_STREAM = Parameters.names("sort", "limit");

    /// Reads the parameters of `/api/v1/flows/stream`.
    /// @throws BadQuery names every parameter that is unknown, repeated or wrong
    public static FlowQuery parseStream(Map<String, List<String>> parameters) throws BadQuery {
        Parameters in = new Parameters(parameters, OF_STREAM);
        Sort sort = in.take("sort", FlowQuery::order);
        FlowQuery query = new FlowQuery(
                TrafficFilter.take(in),
                sort == null ? Sort.BYTES : sort,
                in.limit(DEFAULT_LIMIT, 1, MAX_STREAMED),
                null,
                0);
        in.check();
        return query;
    }

    /// Reads the parameters of `/api/v1/flows`.
    /// @throws BadQuery names every parameter that is unknown, repeated or wrong
    public static FlowQuery parse(Map<String, List<String>> parameters) throws BadQuery {
        Parameters in = new Parameters(parameters, PARAMETERS);
        TrafficFilter filter = TrafficFilter.take(in);
        Sort sort = in.take("sort", text -> Words.constant(Sort.class, text));
        Sort order = sort == null ? Sort.BYTES : sort;
        int limit = in.limit(DEFAULT_LIMIT, order == Sort.NONE ? 0 : 1, MAX_LIMIT);
        FlowPosition after = null;
        Integer position = null;
        if (order == Sort.NONE) {
            position = in.take("cursor", FlowQuery::position);
        } else {
            after = in.take("cursor", text -> FlowPosition.parse(order, text));
        }
        in.check();
        return new FlowQuery(filter, order, limit, after, position == null ? 0 : position);
    }

    /// Whether the whole table is asked for.
    public boolean isWhole() {
        return sort == Sort.NONE && limit == 0;
    }

    private static Sort order(String text) {
        Sort sort = Words.constant(Sort.class, text);
        if (sort == Sort.NONE) {
            throw new IllegalArgumentException("a stream shows the first of some order, so it needs one");
        }
        return sort;
    }

    static String cursor(int position) {
        return PLACE + Integer.toUnsignedString(position);
    }

    private static Integer position(String cursor) {
        if (!cursor.matches(PLACE + "\\d{1,9}")) {
            throw new IllegalArgumentException("not a nextCursor that this agent gave for sort=none");
        }
        return Integer.valueOf(cursor.substring(PLACE.length()));
    }
}
