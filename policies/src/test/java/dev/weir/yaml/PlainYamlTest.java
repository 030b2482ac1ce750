// SPDX-License-Identifier: Apache-2.0
package dev.weir.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The quick reader and the library agree on every tree and every place; what the quick one does not know it leaves.
class PlainYamlTest {
    private static final String POLICY = """
            # café's web servers
            policy: blue-web      # its name
            applies-to: {namespaces: [blue, "tenant-*"], more: {}}
            priority: 100
            ingress:
              default: deny

              rules:
                - name: web
                  allow: [tcp/80, 'tcp/https']
                  from: ["namespace:red", 10.1.0.0/16, 2001:db8::/32, []]
                # the rest
                - {deny: any, from: true, to: null, count: 007, ratio: 1.5, address: 192.0.2.1}
            egress:
              rules:
              -   allow: tenant-*
                  to:
                  - a::b
                  - false
            sets:
                office:
                    - 192.0.2.0/24
                    -   nested: [{a: 1}, {b: {c: d}}]
            """;

    private static final List<String> LINES = List.of(
            "a: b\n",
            "- a\n",
            "- a: b\n",
            "  b: c\n",
            "  - c\n",
            " d: e\n",
            "a:\n",
            "-\n",
            "- {a: b, c: [d]}\n",
            "- [a, b]\n",
            "  e: \"f\"\n",
            "    - g: 'h'\n",
            "    i:\n",
            "      j: 1 # k\n",
            "\n",
            "   \n",
            "# l\n",
            "     # m\n",
            "n\n",
            "  n\n");

    private static final List<String> PARTS = List.of(
            "a",
            "b1",
            "name",
            "null",
            "true",
            "12",
            "0x1f",
            "1e3",
            "-1",
            "10.0.0.0/8",
            "a::",
            "::1",
            "a:b",
            ":",
            ": ",
            ",",
            ", ",
            "[",
            "]",
            "{",
            "}",
            "[]",
            "\"",
            "'",
            "\"q\"",
            "'q'",
            "''",
            "\\",
            "#",
            " #",
            "- ",
            "-",
            "---",
            "...",
            "\n",
            "\n  ",
            "\n- ",
            "\n  - ",
            " ",
            "  ",
            "\t",
            "\r",
            "?",
            "? ",
            "&a ",
            "*a",
            "!t ",
            "|\n",
            ">-\n",
            "%",
            "@",
            "`",
            "é",
            "\u00a0",
            "\u0085",
            "\u2028",
            "\ufeff",
            "\ud83d\ude00",
            "\u0000");

    @Property(tries = 3000)
    void linesGiveTheSameTree(@ForAll("lines") String text) {
        Statistics.collect(sameTree(text));
        Statistics.coverage(share -> share.check(true).percentage(of -> of > 3));
    }

    @Property(tries = 3000)
    void partsGiveTheSameTree(@ForAll("parts") String text) {
        Statistics.collect(sameTree(text));
        Statistics.coverage(share -> share.check(true).percentage(of -> of > 3));
    }

    @Property(tries = 5000)
    void changedPolicyGivesTheSameTree(@ForAll("mutants") String text) {
        Statistics.collect(sameTree(text));
        Statistics.coverage(share -> share.check(true).percentage(of -> of > 20));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a: b", "a: b\n", "- a\n- b", "a:\n- b\n", "a: \"b\" # c\n", "# c\n\na: [b, {c: d}]   \n"})
    void plainFileIsReadQuickly(String text) {
        assertTrue(sameTree(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "a: b c",
                "a: b\n  c",
                "a: |\n  b",
                "a: \"\\u0041\"",
                "a: 'it''s'",
                "a: &b c",
                "a: !!str 1",
                "a:\nb: c",
                "a: [b,\n  c]",
                "a: [b,]",
                "a: {b}",
                "a: b\r\n",
                "a:\tb",
                "a: \"b\"c",
                "? a\n: b",
                "--- a: b",
                " a: b\nc: d",
                "- a\nb: c",
                "a: 2001:db8::"
            })
    void anythingElseIsLeftToTheLibrary(String text) {
        assertFalse(sameTree(text));
    }

    @Test
    void policyIsReadQuickly() {
        assertTrue(sameTree(POLICY));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[a, ", "{a: ", "- a\n", "- - ", "[],"})
    void boundsAreTheLibrarys(String part) {
        assertFalse(PlainYaml.read("a: " + part.repeat(YamlReader.MAX_VALUES)).isPresent());
        assertFalse(PlainYaml.read("a:\n" + part.repeat(YamlReader.MAX_VALUES)).isPresent());
    }

    /// Whether the quick reader read it.
    private static boolean sameTree(String text) {
        Optional<YamlNode> quick = PlainYaml.read(text);
        if (quick.isPresent()) {
            Diagnostics diagnostics = new Diagnostics();
            Optional<YamlNode> library = YamlReader.readAnything(new Source("some.yaml", text, diagnostics));
            assertEquals(List.of(), diagnostics.sorted(), text);
            assertEquals(library, quick, text);
        }
        return quick.isPresent();
    }

    @Provide
    Arbitrary<String> lines() {
        return Arbitraries.of(LINES).list().ofMaxSize(8).map(lines -> String.join("", lines));
    }

    @Provide
    Arbitrary<String> parts() {
        return Arbitraries.of(PARTS).list().ofMaxSize(12).map(parts -> "a: " + String.join("", parts));
    }

    @Provide
    Arbitrary<String> mutants() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, POLICY.length()),
                        Arbitraries.integers().between(0, 8),
                        Arbitraries.of(PARTS).optional(0.6))
                .as((at, gone, put) -> POLICY.substring(0, at)
                        + put.orElse("")
                        + POLICY.substring(Math.min(POLICY.length(), at + gone)));
    }
}
