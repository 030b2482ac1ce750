// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which events to show.
/// @param since when they happened, or later; null: whenever
/// @param limit events on a page, 1..[#MAX_LIMIT]
/// @param after the number of the last event that is known; null: the latest are wanted
public record EventQuery(
        TrafficFilter filter,
        @Nullable Instant since,
        int limit,
        @Nullable Long after) {
    public static final int DEFAULT_LIMIT = 100;
    public static final int MAX_LIMIT = 10_000;

    /// The latest events.
    public static final EventQuery ALL = new EventQuery(TrafficFilter.ALL, null, DEFAULT_LIMIT, null);

    private static final Set<String> PARAMETERS = Parameters.names("since", "limit", "cursor");
    private static final Pattern AGO = Pattern.compile("(\\d{1,9})(s|m|h|d)");

    /// Reads the parameters of `/api/v1/events`.
    /// @throws BadQuery names every parameter that is unknown, repeated or wrong
    public static EventQuery parse(Map<String, List<String>> parameters) throws BadQuery {
        return parse(parameters, 1);
    }

    /// Reads the parameters of `/api/v1/events/stream`, which may begin with no event at all.
    /// @param lastEventId where a client that comes back has been; null or empty: it is a new one
    /// @throws BadQuery names every parameter that is unknown, repeated or wrong
    public static EventQuery parseStream(Map<String, List<String>> parameters, @Nullable String lastEventId)
            throws BadQuery {
        EventQuery query = parse(parameters, 0);
        if (lastEventId == null || lastEventId.isEmpty()) {
            return query;
        }
        try {
            return query.after(number(lastEventId), query.limit);
        } catch (IllegalArgumentException e) {
            throw new BadQuery(List.of("Last-Event-ID: " + e.getMessage()));
        }
    }

    private static EventQuery parse(Map<String, List<String>> parameters, int least) throws BadQuery {
        Parameters in = new Parameters(parameters, PARAMETERS);
        EventQuery query = new EventQuery(
                TrafficFilter.take(in),
                in.take("since", text -> since(text, Instant.now())),
                in.limit(DEFAULT_LIMIT, least, MAX_LIMIT),
                in.take("cursor", EventQuery::number));
        in.check();
        return query;
    }

    /// The query that goes on after this event.
    public EventQuery after(long number, int most) {
        return new EventQuery(filter, since, most, number);
    }

    /// Whether the event is one of those that are asked for, on whatever page.
    public boolean matches(EventView event) {
        return (since == null || !event.at().isBefore(since)) && filter.matches(event);
    }

    /// Reads a time, or how long ago it was.
    static Instant since(String text, Instant now) {
        Matcher ago = AGO.matcher(text);
        if (ago.matches()) {
            long count = Long.parseLong(ago.group(1));
            return now.minus(
                    switch (ago.group(2)) {
                        case "s" -> Duration.ofSeconds(count);
                        case "m" -> Duration.ofMinutes(count);
                        case "h" -> Duration.ofHours(count);
                        default -> Duration.ofDays(count);
                    });
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is neither a time such as 2026-01-02T03:04:05Z nor how long ago, such as 30s or 5m",
                    e);
        }
    }

    private static Long number(String text) {
        if (!text.matches("\\d{1,18}")) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not the number of an event, or a nextCursor that an agent gave");
        }
        return Long.valueOf(text);
    }
}
