// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which flows to show, in which order.
/// @param limit flows on a page, 1..[#MAX_LIMIT]
/// @param after the last flow of the page before; null for the first page
public record FlowQuery(
        TrafficFilter filter,
        Sort sort,
        int limit,
        @Nullable FlowPosition after) {
    public static final int DEFAULT_LIMIT = 100;
    public static final int MAX_LIMIT = 10_000;

    /// Every flow, the largest first.
    public static final FlowQuery ALL = new FlowQuery(TrafficFilter.ALL, Sort.BYTES, DEFAULT_LIMIT, null);

    private static final Set<String> PARAMETERS = Parameters.names("sort", "limit", "cursor");

    /// What comes first: most bytes, most packets, the oldest, the last one that a packet was seen of.
    public enum Sort {
        BYTES,
        PACKETS,
        AGE,
        RECENT;

        private final String word = Words.of(this);

        @JsonValue
        public String word() {
            return word;
        }
    }

    /// Reads the parameters of `/api/v1/flows`.
    /// @throws BadQuery names every parameter that is unknown, repeated or wrong
    public static FlowQuery parse(Map<String, List<String>> parameters) throws BadQuery {
        Parameters in = new Parameters(parameters, PARAMETERS);
        TrafficFilter filter = TrafficFilter.take(in);
        Sort sort = in.take("sort", text -> Words.constant(Sort.class, text));
        Sort order = sort == null ? Sort.BYTES : sort;
        int limit = in.limit(DEFAULT_LIMIT, 1, MAX_LIMIT);
        FlowPosition after = in.take("cursor", text -> FlowPosition.parse(order, text));
        in.check();
        return new FlowQuery(filter, order, limit, after);
    }
}
