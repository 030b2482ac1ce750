// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.policy.Cidr;
import dev.weir.policy.Glob;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which events to show; a null filter lets every event pass. With a filter, only events about packets are shown.
/// @param peer holds the outside address
/// @param limit events on a page, 1..[#MAX_LIMIT]
/// @param after the number of the last event that is known; null: the latest are wanted
public record EventQuery(
        @Nullable Glob namespace,
        @Nullable Cidr peer,
        @Nullable ServiceFilter service,
        @Nullable Verdict verdict,
        int limit,
        @Nullable Long after) {
    public static final int DEFAULT_LIMIT = 100;
    public static final int MAX_LIMIT = 10_000;

    /// The latest events.
    public static final EventQuery ALL = new EventQuery(null, null, null, null, DEFAULT_LIMIT, null);

    private static final Set<String> PARAMETERS = Set.of("namespace", "peer", "service", "verdict", "limit", "cursor");

    /// Reads the parameters of `/api/v1/events`.
    /// @throws BadQuery names every parameter that is unknown, repeated or wrong
    public static EventQuery parse(Map<String, List<String>> parameters) throws BadQuery {
        Parameters in = new Parameters(parameters, PARAMETERS);
        EventQuery query = new EventQuery(
                in.namespace(),
                in.peer(),
                in.service(),
                in.verdict(),
                in.limit(DEFAULT_LIMIT, MAX_LIMIT),
                in.take("cursor", EventQuery::number));
        in.check();
        return query;
    }

    /// Whether the event passes the filters.
    public boolean matches(EventView event) {
        EventView.Packet packet = event.packet();
        if (packet == null) {
            return namespace == null && peer == null && service == null && verdict == null;
        }
        return (verdict == null || packet.verdict() == verdict)
                && (namespace == null || namespace.matches(packet.namespace()))
                && (peer == null || (packet.outsideAddress() != null && peer.contains(packet.outsideAddress())))
                && (service == null
                        || (packet.protocol() != null
                                && packet.service() != null
                                && service.matches(packet.protocol(), packet.service(), packet.servicePort())));
    }

    private static Long number(String text) {
        if (!text.matches("\\d{1,18}")) {
            throw new IllegalArgumentException("'" + text + "' is not a nextCursor that an agent gave");
        }
        return Long.valueOf(text);
    }
}
