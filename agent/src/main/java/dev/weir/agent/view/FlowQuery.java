// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.weir.abi.IpAddress;
import dev.weir.policy.Cidr;
import dev.weir.policy.Glob;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
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
    private static final int MAX_VALUE_LENGTH = 1024;

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

    /// The parameters of a query are wrong.
    public static final class BadQuery extends Exception {
        private static final long serialVersionUID = 1;
        private final ArrayList<String> problems;

        BadQuery(List<String> problems) {
            super(String.join("; ", problems));
            this.problems = new ArrayList<>(problems);
        }

        /// A sentence for each wrong parameter.
        public List<String> problems() {
            return List.copyOf(problems);
        }
    }

    /// Reads the parameters of `/api/v1/flows`.
    /// @throws BadQuery names every parameter that is unknown, repeated or wrong
    public static FlowQuery parse(Map<String, List<String>> parameters) throws BadQuery {
        Parameters in = new Parameters(parameters);
        for (String name : new TreeSet<>(parameters.keySet())) {
            if (!PARAMETERS.contains(name)) {
                in.problems.add("unknown parameter '" + name + "', expected one of " + new TreeSet<>(PARAMETERS));
            }
        }
        Glob namespace = in.take("namespace", Glob::new);
        Cidr peer = in.take("peer", text -> text.equals("any") ? null : prefix(text));
        ServiceFilter service = in.take("service", text -> text.equals("any") ? null : ServiceFilter.parse(text));
        Verdict verdict = in.take("verdict", text -> constant(Verdict.class, text));
        Sort sort = in.take("sort", text -> constant(Sort.class, text));
        Integer limit = in.take("limit", FlowQuery::limit);
        Sort order = sort == null ? Sort.BYTES : sort;
        FlowPosition after = in.take("cursor", text -> FlowPosition.parse(order, text));
        if (!in.problems.isEmpty()) {
            throw new BadQuery(in.problems);
        }
        return new FlowQuery(namespace, peer, service, verdict, order, limit == null ? DEFAULT_LIMIT : limit, after);
    }

    /// Whether the flow passes the filters, on whatever page it is.
    public boolean matches(FlowView flow) {
        return (verdict == null || flow.verdict() == verdict)
                && (namespace == null || namespace.matches(flow.namespace()))
                && (peer == null || peer.contains(flow.outsideAddress()))
                && (service == null || service.matches(flow));
    }

    private static int limit(String text) {
        if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > MAX_LIMIT) {
            throw new IllegalArgumentException("'" + text + "' is not a number from 1 to " + MAX_LIMIT);
        }
        return Integer.parseInt(text);
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String text) {
        for (E constant : type.getEnumConstants()) {
            if (Words.of(constant).equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("'" + text + "' is not one of " + Words.all(type));
    }

    /// Takes parameters one by one and keeps what is wrong with them.
    private static final class Parameters {
        final List<String> problems = new ArrayList<>();
        private final Map<String, List<String>> values;

        Parameters(Map<String, List<String>> values) {
            this.values = values;
        }

        <T> @Nullable T take(String name, Function<String, @Nullable T> reader) {
            List<String> given = values.getOrDefault(name, List.of());
            if (given.isEmpty()) {
                return null;
            }
            String text = given.getFirst();
            if (given.size() > 1) {
                problems.add(name + ": given " + given.size() + " times, expected once");
            } else if (text.isEmpty() || text.length() > MAX_VALUE_LENGTH) {
                problems.add(name + ": expected 1 to " + MAX_VALUE_LENGTH + " characters");
            } else {
                try {
                    return reader.apply(text);
                } catch (IllegalArgumentException e) {
                    problems.add(name + ": " + e.getMessage());
                }
            }
            return null;
        }
    }

    /// An address, or `ADDRESS/LENGTH`; bits behind the prefix are ignored.
    private static Cidr prefix(String text) {
        int slash = text.indexOf('/');
        IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        if (slash < 0) {
            return Cidr.of(address);
        }
        String digits = text.substring(slash + 1);
        if (!digits.matches("\\d{1,3}") || Integer.parseInt(digits) > Cidr.bits(address)) {
            throw new IllegalArgumentException(
                    "the prefix of '" + text + "' is not a number from 0 to " + Cidr.bits(address));
        }
        return Cidr.around(address, Integer.parseInt(digits));
    }
}
