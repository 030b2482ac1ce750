// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.yaml.Diagnostic;
import dev.weir.yaml.Diagnostics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files made to hang the reader, to fill the memory or to overflow the stack are refused in seconds.
@Timeout(30)
class HostileFilesTest {
    private static final int FULL = PolicyLoader.MAX_FILE_BYTES;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "a ",
                "- ",
                "-\n",
                "[",
                "{",
                "{a: ",
                "? ",
                "#",
                " ",
                "\n",
                "\"",
                "'",
                "!",
                "&",
                "*",
                "%",
                "|\n",
                "a: ",
                "a,",
                "---\n",
                "\\",
                "\t",
                "\ufeff",
                "é",
                "a: &a [*a]\n",
                "%TAG !a! b\n",
                "1"
            })
    void oneThingOverAndOver(String part) {
        byte[] bytes =
                part.repeat(FULL / part.getBytes(StandardCharsets.UTF_8).length).getBytes(StandardCharsets.UTF_8);
        refused(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"", "'", "|\n ", "[", "!", "&", "policy: ", "applies-to: {namespaces: [\""})
    void oneLongTokenBehindAnOpening(String opening) {
        refused((opening + "x".repeat(FULL - 100)).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aliasesThatMultiplyAreCountedAsWhatTheyStandFor() {
        String text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
                + IntStream.range(1, 12)
                        .mapToObj(i -> "a" + i + ": &a" + i + " [" + ("*a" + (i - 1) + ",").repeat(10) + "]\n")
                        .collect(Collectors.joining());
        Diagnostic last = refused(text.getBytes(StandardCharsets.UTF_8));
        assertTrue(last.message().startsWith("the file holds more than 250000 values"), last::render);
    }

    @Test
    void deepNestingIsNamed() {
        Diagnostic found = refused("[".repeat(1000).getBytes(StandardCharsets.UTF_8));
        assertEquals("this nests deeper than 32 levels", found.message());
        assertEquals(34, found.column());
    }

    @Test
    void largerFileIsNamed(@TempDir Path directory) throws IOException {
        Files.write(directory.resolve("large.yaml"), new byte[FULL + 1]);
        Diagnostic found = assertInstanceOf(PolicyLoader.Refused.class, PolicyDirectory.load(directory))
                .diagnostics()
                .getLast();
        assertEquals("the file is larger than 8 MiB; split it into several policies", found.message());
    }

    @Test
    void errorsWithoutEndAreCounted() {
        String text = "applies-to: {namespaces: [blue]}\ningress:\n  rules:\n" + "    - {allow: 1}\n".repeat(2000);
        PolicyLoader.Refused refused =
                assertInstanceOf(PolicyLoader.Refused.class, PolicyLoader.parse("many.yaml", text));
        assertEquals(Diagnostics.MAX + 1, refused.diagnostics().size());
        assertEquals(
                "1000 more are left out; mend these first",
                refused.diagnostics().getLast().message());
    }

    /// The last error.
    private static Diagnostic refused(byte[] bytes) {
        PolicyLoader loader = new PolicyLoader();
        loader.read("hostile.yaml", bytes, SetFiles.NONE).ifPresent(read -> loader.add("hostile.yaml", bytes, read));
        return assertInstanceOf(PolicyLoader.Refused.class, loader.result(Set.of()))
                .diagnostics()
                .getLast();
    }
}
