// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/// Texts that are almost policies.
final class Mutants {
    /// Every key and every form of value; its set file is not there.
    static final String VALID = """
            policy: blue-web
            applies-to: {namespaces: [blue, "tenant-*"], labels: {tier: web, site: north}, devices: [br0]}
            priority: 100
            mode: audit
            on-change: reset
            ingress:
              default: deny
              rules:
                - name: web
                  allow: [tcp/80, tcp/https, udp/8000-8099, icmp/echo-request, icmp/3/4, proto/47]
                  from: ["namespace:red", 10.1.0.0/16, "2001:db8::/32", 192.0.2.1, "label:tier=web", "set:office"]
                - deny: any
                  from: [host, "set:home"]
                  log: true
                - reject: sctp
            egress:
              default: reject
              rules:
                - {allow: [udp/53], to: any}   # a comment
            sets:
              office: [192.0.2.0/24, "2001:db8::/32"]
              home: 198.51.100.7
            """;

    private static final List<String> FRAGMENTS = List.of(
            ":",
            ": ",
            "- ",
            "\n",
            "\r",
            "\r\n",
            "  ",
            "\t",
            "[",
            "]",
            "{",
            "}",
            ",",
            "\"",
            "'",
            "#",
            " #",
            "&a ",
            "*a ",
            "!",
            "!!str ",
            "!!int ",
            "|",
            ">",
            "|2-\n ",
            "%YAML 1.2\n",
            "%TAG ! x\n",
            "---\n",
            "...\n",
            "? ",
            "\\",
            "\\U",
            "\\x",
            "<<: ",
            "~",
            "null",
            "true",
            "1",
            "-0",
            "1e9",
            "\u0000",
            "\u0085",
            "\u2028",
            "\ufeff",
            "\ud800",
            "é",
            "\ud83d\ude00",
            "policy",
            "applies-to",
            "namespaces",
            "rules",
            "ingress:\n",
            "allow: ",
            "from: ",
            "any",
            "namespace:",
            "tcp/",
            "::/0",
            "mode: ",
            "labels: ",
            "sets: {a: {file: x}}",
            "set:",
            "label:a=b",
            "host",
            "reject: ",
            "log: ",
            "0.0.0.0/0");

    private static final Pattern WORD = Pattern.compile("[^\\s,:\\[\\]{}\"]+");

    private Mutants() {}

    /// Pieces of YAML and of policies, in any order.
    static Arbitrary<String> fragments() {
        return Arbitraries.of(FRAGMENTS).list().ofMaxSize(40).map(parts -> String.join("", parts));
    }

    /// A policy with pieces cut out and put in.
    static Arbitrary<String> mutants() {
        Arbitrary<Mutation> mutation = Combinators.combine(
                        Arbitraries.integers().between(0, VALID.length()),
                        Arbitraries.integers().between(0, 12),
                        Arbitraries.of(FRAGMENTS).optional(0.7).map(fragment -> fragment.orElse("")))
                .as(Mutation::new);
        return mutation.list().ofMinSize(1).ofMaxSize(4).map(mutations -> {
            String text = VALID;
            for (Mutation next : mutations) {
                text = next.apply(text);
            }
            return text;
        });
    }

    /// A policy with one or two of its words replaced by others of its own, or by something else.
    static Arbitrary<String> swaps() {
        List<MatchResult> words = WORD.matcher(VALID).results().toList();
        List<String> others = new ArrayList<>(
                words.stream().map(MatchResult::group).distinct().toList());
        others.addAll(
                List.of("5", "1.5", "true", "[]", "{}", "[any]", "{a: b}", "~", "''", "1001", "tcp/65536", "::1"));
        Arbitrary<Mutation> swap = Combinators.combine(Arbitraries.of(words), Arbitraries.of(others))
                .as((word, other) -> new Mutation(word.start(), word.end() - word.start(), other));
        return swap.list().ofMinSize(1).ofMaxSize(2).map(swaps -> {
            String text = VALID;
            for (Mutation next : swaps) {
                text = next.apply(text);
            }
            return text;
        });
    }

    private record Mutation(int at, int removed, String inserted) {
        String apply(String text) {
            int from = Math.min(at, text.length());
            return text.substring(0, from) + inserted + text.substring(Math.min(from + removed, text.length()));
        }
    }
}
