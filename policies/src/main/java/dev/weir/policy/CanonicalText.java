// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Direction;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Policies as text that is the same wherever and however they were written.
final class CanonicalText {
    private CanonicalText() {}

    static void append(StringBuilder text, Policy policy) {
        text.append("policy ");
        quote(text, policy.name());
        text.append(" priority ").append(policy.priority());
        text.append(" mode ").append(policy.mode());
        text.append(" on-change ").append(policy.onChange()).append('\n');
        append(text, policy.appliesTo());
        for (AddressSet set : sets(policy).values()) {
            text.append("set ");
            quote(text, set.name());
            text.append(" of ").append(set.prefixes().size()).append(" sha256 ").append(set.hash());
            text.append('\n');
        }
        for (Direction direction : Direction.values()) {
            append(text, direction, policy.section(direction));
        }
    }

    private static void append(StringBuilder text, Selector selector) {
        text.append("applies-to namespaces");
        list(text, selector.namespaces());
        text.append(" labels");
        selector.labels().forEach((key, value) -> {
            text.append(' ');
            quote(text, key);
            text.append('=');
            quote(text, value);
        });
        text.append(" devices");
        list(text, selector.devices());
        text.append('\n');
    }

    private static void append(StringBuilder text, Direction direction, Section section) {
        section.fallback()
                .ifPresent(fallback -> text.append(direction)
                        .append(" default ")
                        .append(fallback.verdict())
                        .append('\n'));
        for (Rule rule : section.rules()) {
            text.append(direction).append(" rule ");
            quote(text, rule.label());
            text.append(' ').append(rule.verdict());
            list(text, rule.services());
            text.append(" peers");
            list(text, rule.peers());
            text.append(rule.log() ? " log\n" : "\n");
        }
    }

    /// The sets that rules name, by name: others mean nothing.
    private static SortedMap<String, AddressSet> sets(Policy policy) {
        SortedMap<String, AddressSet> sets = new TreeMap<>();
        Stream.of(policy.egress(), policy.ingress())
                .flatMap(section -> section.rules().stream())
                .flatMap(rule -> rule.peers().stream())
                .map(peer -> peer instanceof Peer.InSet(AddressSet set) ? set : null)
                .filter(Objects::nonNull)
                .forEach(set -> sets.put(set.name(), set));
        return sets;
    }

    private static void list(StringBuilder text, List<?> values) {
        for (Object value : values) {
            text.append(' ');
            quote(text, value.toString());
        }
    }

    private static void quote(StringBuilder text, String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\');
            }
            text.append(c);
        }
        text.append('"');
    }
}
