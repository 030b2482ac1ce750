// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.weir.abi.Verdict;
import dev.weir.policy.compile.Compilation;
import dev.weir.policy.compile.HolderRef;
import dev.weir.policy.compile.PolicyCompiler;
import dev.weir.policy.compile.PolicyLint;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import dev.weir.yaml.Diagnostic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each `golden/*.golden` holds policy files and what has to come of them: the diagnostics, or the canonical
/// text and the images of the namespace `blue`. `-Dweir.golden=write` writes what comes of them now, for a
/// person to read and commit.
class GoldenTest {
    private static final Path DIRECTORY = Path.of("src/test/resources/golden");
    private static final String EXPECTED = "expected";
    private static final List<HolderRef> UNIVERSE = List.of(
            HolderRef.HOST,
            new HolderRef(2, new Holder.Namespace("blue", Map.of("tier", "web"))),
            holder(3, "red"),
            holder(4, "tenant-1"));
    private static final Target BLUE = new Target(Optional.of("blue"), Map.of("tier", "web"), "veth-blue");
    private static final int LIMIT = 1 << 20;

    private static HolderRef holder(int number, String namespace) {
        return new HolderRef(number, Holder.Namespace.of(namespace));
    }

    static Stream<String> cases() throws IOException {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void filesComeOutAsExpected(String name, @TempDir Path directory) throws IOException {
        Path file = DIRECTORY.resolve(name);
        Map<String, String> parts = parts(Files.readString(file));
        String expected = parts.getOrDefault(EXPECTED, "");
        parts.remove(EXPECTED);
        for (Map.Entry<String, String> policy : parts.entrySet()) {
            Files.writeString(directory.resolve(policy.getKey()), policy.getValue());
        }
        String actual = outcome(PolicyDirectory.load(directory)).replace(directory + "/", "");
        if ("write".equals(System.getProperty("weir.golden"))) {
            assertNotEquals("true", System.getenv("CI"), "expected files are not rewritten where CI=true");
            String policies = parts.entrySet().stream()
                    .map(policy -> "-- " + policy.getKey() + " --\n" + policy.getValue())
                    .collect(Collectors.joining());
            Files.writeString(file, policies + "-- " + EXPECTED + " --\n" + actual);
        } else {
            assertEquals(expected, actual, file + " (rewritten by -Dweir.golden=write)");
        }
    }

    private static String outcome(PolicyLoader.Result result) {
        return switch (result) {
            case PolicyLoader.Refused refused -> rendered(refused.diagnostics());
            case PolicyLoader.Loaded loaded ->
                rendered(loaded.warnings())
                        + rendered(PolicyLint.warnings(loaded.policies()))
                        + loaded.policies().canonicalText()
                        + image(loaded.policies().selecting(BLUE));
        };
    }

    private static String rendered(List<Diagnostic> diagnostics) {
        return diagnostics.stream().map(found -> found.render() + "\n").collect(Collectors.joining());
    }

    private static String image(List<Policy> policies) {
        return switch (new PolicyCompiler(Verdict.ALLOW, LIMIT).compile(policies, UNIVERSE)) {
            case Compilation.Compiled compiled -> compiled.chain().dump();
            case Compilation.TooLarge tooLarge -> tooLarge.message() + "\n";
        };
    }

    /// The texts between lines of the form `-- name --`, by name.
    private static Map<String, String> parts(String text) {
        Map<String, StringBuilder> parts = new LinkedHashMap<>();
        StringBuilder current = new StringBuilder();
        for (String line : text.split("(?<=\n)", -1)) {
            if (line.startsWith("-- ") && line.endsWith(" --\n")) {
                current = new StringBuilder();
                parts.put(line.substring(3, line.length() - 4), current);
            } else {
                current.append(line);
            }
        }
        Map<String, String> texts = new LinkedHashMap<>();
        parts.forEach((name, part) -> texts.put(name, part.toString()));
        return texts;
    }
}
