// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.gen.Scenarios;
import dev.weir.yaml.Diagnostic;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Whatever the bytes are, the answer is policies or errors with places inside the file; and what is written is
/// read.
class ReaderPropertiesTest {
    private static final String VALID = """
            policy: blue-web
            applies-to: {namespaces: [blue, "tenant-*"]}
            priority: 100
            ingress:
              default: deny
              rules:
                - name: web
                  allow: [tcp/80, tcp/https, udp/8000-8099, icmp/echo-request, icmp/3/4, proto/47]
                  from: ["namespace:red", 10.1.0.0/16, "2001:db8::/32", 192.0.2.1]
                - deny: any
            egress:
              rules:
                - {allow: [udp/53], to: any}   # a comment
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
            "0.0.0.0/0");

    @Property
    void mutatedFilesGiveAnAnswer(@ForAll("mutants") String text) {
        check(text, PolicyLoader.parse("mutant.yaml", text));
    }

    @Property
    void fragmentsGiveAnAnswer(@ForAll("fragments") String text) {
        check(text, PolicyLoader.parse("fragments.yaml", text));
    }

    @Property
    void bytesGiveAnAnswer(@ForAll byte[] bytes) {
        PolicyLoader loader = new PolicyLoader();
        add(loader, "bytes.yaml", bytes);
        check(new String(bytes, StandardCharsets.UTF_8), loader.result(Set.of()));
    }

    @Property(tries = 500)
    void whatIsWrittenIsRead(@ForAll("policies") List<Policy> policies) {
        PolicyLoader loader = new PolicyLoader();
        for (Policy policy : policies) {
            add(loader, policy.file(), YamlText.of(policy).getBytes(StandardCharsets.UTF_8));
        }
        switch (loader.result(Set.of())) {
            case PolicyLoader.Loaded loaded ->
                assertEquals(
                        new PolicySet(policies).canonicalText(),
                        loaded.policies().canonicalText());
            case PolicyLoader.Refused refused ->
                fail(refused.diagnostics().getFirst().render());
        }
    }

    @Provide
    Arbitrary<List<Policy>> policies() {
        return Scenarios.policies();
    }

    @Provide
    Arbitrary<String> fragments() {
        return Arbitraries.of(FRAGMENTS).list().ofMaxSize(40).map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<String> mutants() {
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

    private static void add(PolicyLoader loader, String file, byte[] bytes) {
        loader.read(file, bytes, SetFiles.NONE).ifPresent(read -> loader.add(file, bytes, read));
    }

    private static void check(String text, PolicyLoader.Result result) {
        List<String> lines = List.of(text.split("\r\n|\r|\n", -1));
        switch (result) {
            case PolicyLoader.Loaded loaded -> loaded.warnings().forEach(warning -> checkPlace(lines, warning));
            case PolicyLoader.Refused refused -> {
                assertFalse(refused.diagnostics().isEmpty());
                refused.diagnostics().forEach(diagnostic -> checkPlace(lines, diagnostic));
            }
        }
    }

    private static void checkPlace(List<String> lines, Diagnostic found) {
        assertTrue(found.line() >= 1 && found.line() <= lines.size(), found::summary);
        String line = lines.get(found.line() - 1);
        assertTrue(found.column() >= 1 && found.column() <= line.codePointCount(0, line.length()) + 1, found::summary);
        assertFalse(found.message().isBlank());
        assertTrue(found.summary().length() < 1000, found::summary);
        assertEquals(1, found.summary().lines().count(), found::summary);
        assertTrue(found.render().lines().count() <= 3, found::render);
    }

    private record Mutation(int at, int removed, String inserted) {
        String apply(String text) {
            int from = Math.min(at, text.length());
            return text.substring(0, from) + inserted + text.substring(Math.min(from + removed, text.length()));
        }
    }
}
