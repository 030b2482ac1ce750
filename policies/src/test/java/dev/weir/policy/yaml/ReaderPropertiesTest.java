// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.weir.policy.AddressSet;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.gen.Scenarios;
import dev.weir.yaml.Diagnostic;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/// Whatever the bytes are, the answer is policies or errors with places inside the file; and what is written is
/// read.
class ReaderPropertiesTest {
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

    @Property
    void whatIsWrittenIsRead(@ForAll("policies") List<Policy> policies) {
        PolicyLoader loader = new PolicyLoader();
        for (Policy policy : policies) {
            byte[] bytes = YamlText.of(policy, set -> isInFile(set) ? "{file: " + set.name() + "}" : members(set))
                    .getBytes(StandardCharsets.UTF_8);
            Map<String, AddressSet> sets = YamlText.sets(policy);
            SetFiles files = (path, _, _) -> SetFileReader.read(path, file(sets.get(path)), loader.diagnostics());
            loader.read(policy.file(), bytes, files).ifPresent(read -> loader.add(policy.file(), bytes, read));
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
        return Mutants.fragments();
    }

    @Provide
    Arbitrary<String> mutants() {
        return Mutants.mutants();
    }

    /// Some sets stand in the policy, some in a file.
    private static boolean isInFile(AddressSet set) {
        return set.prefixes().size() % 2 == 0;
    }

    private static String members(AddressSet set) {
        return set.prefixes().stream().map(each -> "\"" + each + "\"").collect(Collectors.joining(",", "[", "]"));
    }

    private static byte[] file(@Nullable AddressSet set) {
        return Objects.requireNonNull(set).prefixes().stream()
                .map(each -> each + "\n")
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8);
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
}
