// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.policy.AddressSet;
import dev.weir.policy.Cidr;
import dev.weir.yaml.Diagnostic;
import dev.weir.yaml.Diagnostics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The file of a set is read from its bytes, but as if every line were read by the rules of a policy.
class SetFileReaderTest {
    private static final int FULL = PolicyLoader.MAX_FILE_BYTES;
    private static final List<String> PIECES = List.of(
            "192.0.2.1",
            "192.0.2.0/24",
            "198.51.100.77/32",
            "0.0.0.0/0",
            "255.255.255.255",
            "2001:db8::/32",
            "::",
            "::ffff:192.0.2.9",
            "1.2.3.4",
            "1.2.3",
            "/",
            "/8",
            "/33",
            "256",
            "01",
            "1",
            "0",
            ".",
            ":",
            "10.0.0.0",
            "10.0.0.1/31",
            " ",
            "\t",
            "#",
            "# x",
            "\n",
            "\n",
            "\n",
            "\r",
            "\r\n",
            "\ufeff",
            "é",
            "\u0000",
            "\u0085",
            "-");

    @Property
    void linesMeanWhatTheyMeanAlone(@ForAll("texts") String text) {
        Diagnostics diagnostics = new Diagnostics();
        Optional<AddressSet> set = read(text.getBytes(StandardCharsets.UTF_8), diagnostics);
        String body = text.startsWith("\ufeff") ? text.substring(1) : text;
        List<String> values = Stream.of(body.split("\r\n|\r|\n", -1))
                .map(line -> line.replaceAll("(?s)#.*", "").replaceAll("^[ \t]+|[ \t]+$", ""))
                .toList();
        List<Integer> wrong = IntStream.range(0, values.size())
                .filter(i -> !values.get(i).isEmpty() && prefix(values.get(i)).isEmpty())
                .mapToObj(i -> i + 1)
                .toList();
        List<Cidr> right =
                values.stream().flatMap(value -> prefix(value).stream()).toList();
        if (wrong.isEmpty() && !right.isEmpty()) {
            assertEquals(new AddressSet("set.txt", right), set.orElseThrow());
        } else {
            assertTrue(set.isEmpty());
            List<Integer> lines =
                    diagnostics.sorted().stream().map(Diagnostic::line).toList();
            assertEquals(wrong.isEmpty() ? List.of(1) : wrong, lines);
        }
    }

    @Property
    void bytesGiveASetOrErrorsInsideOfTheFile(@ForAll byte[] bytes) {
        Diagnostics diagnostics = new Diagnostics();
        Optional<AddressSet> set = read(bytes, diagnostics);
        assertEquals(set.isEmpty(), diagnostics.anyError());
        List<String> lines = List.of(new String(bytes, StandardCharsets.UTF_8).split("\r\n|\r|\n", -1));
        for (Diagnostic found : diagnostics.sorted()) {
            String line = lines.get(found.line() - 1);
            assertTrue(found.column() >= 1 && found.column() <= line.codePointCount(0, line.length()) + 1);
            assertTrue(found.summary().length() < 1000, found::summary);
            assertEquals(1, found.summary().lines().count());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                ".",
                ":",
                "/",
                " ",
                "\t",
                "#",
                "\n",
                "\r",
                "\r\n",
                "a",
                "1.",
                "::",
                "f:",
                "1.2.3.4",
                "\n#",
                "\u0000",
                "é",
                "1.2.3.4\n",
                "x\n",
                "10.0.0.0/8 ",
                "1.2.3.4/\n"
            })
    void oneThingOverAndOver(String part) {
        byte[] bytes =
                part.repeat(FULL / part.getBytes(StandardCharsets.UTF_8).length).getBytes(StandardCharsets.UTF_8);
        Diagnostics diagnostics = new Diagnostics();
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertTrue(read(bytes, diagnostics).isEmpty()));
        assertFalse(diagnostics.sorted().isEmpty());
    }

    @Test
    void linesAreBounded() {
        Diagnostics diagnostics = new Diagnostics();
        String lines = "192.0.2.1\n".repeat(SetFileReader.MAX_LINES);
        assertEquals(
                1,
                read(lines.getBytes(StandardCharsets.UTF_8), diagnostics)
                        .orElseThrow()
                        .prefixes()
                        .size());
        assertTrue(read((lines + "#").getBytes(StandardCharsets.UTF_8), diagnostics)
                .isEmpty());
        assertEquals(
                "set.txt:250001:1: the file holds more than 250000 lines; split the set",
                diagnostics.sorted().getFirst().summary());
    }

    @Test
    void hundredThousandAddressesAreReadInOrder() {
        String text = IntStream.range(0, 100_000)
                .mapToObj(i -> "198." + (18 + i % 2) + "." + (i / 2 % 256) + "." + (i / 512) + "\n")
                .collect(Collectors.joining());
        AddressSet set =
                read(text.getBytes(StandardCharsets.UTF_8), new Diagnostics()).orElseThrow();
        assertEquals(100_000, set.prefixes().size());
        assertEquals("198.18.0.0", set.prefixes().getFirst().toString());
        assertEquals("198.19.255.194", set.prefixes().getLast().toString());
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of(PIECES).list().ofMaxSize(24).map(pieces -> String.join("", pieces));
    }

    private static Optional<AddressSet> read(byte[] bytes, Diagnostics diagnostics) {
        return SetFileReader.read("set.txt", bytes, diagnostics);
    }

    private static Optional<Cidr> prefix(String text) {
        try {
            return Optional.of(PeerReader.prefix(text));
        } catch (BadValue _) {
            return Optional.empty();
        }
    }
}
