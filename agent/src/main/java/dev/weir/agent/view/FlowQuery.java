// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.weir.policy.Cidr;
import dev.weir.policy.Glob;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which flows to show, in which order; a null filter lets every flow pass.
/// @param peer holds the outside address
/// @param limit flows on a page, 1..[#MAX_LIMIT]
/// @param after the last flow of the page before; null for the first page
public record FlowQuery(
        @Nullable Glob namespace,
        @Nullable Cidr peer,
        @Nullable ServiceFilter service,
        @Nullable Verdict verdict,
        Sort sort,
        int limit,
        @Nullable FlowPosition after) {
    public static final int DEFAULT_LIMIT = 100;
    public static final int MAX_LIMIT = 10_000;

    /// Every flow, the largest first.
    public static final FlowQuery ALL = new FlowQuery(null, null, null, null, Sort.BYTES, DEFAULT_LIMIT, null);

    private static final Set<String> PARAMETERS =
            Set.of("namespace", "peer", "service", "verdict", "sort", "limit", "cursor");

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
        Glob namespace = in.namespace();
        Cidr peer = in.peer();
        ServiceFilter service = in.service();
        Verdict verdict = in.verdict();
        Sort sort = in.take("sort", text -> Parameters.constant(Sort.class, text));
        Sort order = sort == null ? Sort.BYTES : sort;
        int limit = in.limit(DEFAULT_LIMIT, MAX_LIMIT);
        FlowPosition after = in.take("cursor", text -> FlowPosition.parse(order, text));
        in.check();
        return new FlowQuery(namespace, peer, service, verdict, order, limit, after);
    }

    /// Whether the flow passes the filters, on whatever page it is.
    public boolean matches(FlowView flow) {
        return (verdict == null || flow.verdict() == verdict)
                && (namespace == null || namespace.matches(flow.namespace()))
                && (peer == null || peer.contains(flow.outsideAddress()))
                && (service == null || service.matches(flow.protocol(), flow.service(), flow.servicePort()));
    }
}
