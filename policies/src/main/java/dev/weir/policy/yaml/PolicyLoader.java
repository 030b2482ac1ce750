// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.yaml.Diagnostic;
import dev.weir.yaml.Diagnostics;
import dev.weir.yaml.Source;
import dev.weir.yaml.YamlReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads policies from texts, all of them as one: if anything is wrong anywhere, nothing is loaded. Needs no file
/// system; [PolicyDirectory] is the way from one.
public final class PolicyLoader {
    /// What one file may weigh.
    public static final int MAX_FILE_BYTES = 8 << 20;

    static final String SUFFIX = ".yaml";

    private final Diagnostics diagnostics = new Diagnostics();
    private final List<Policy> policies = new ArrayList<>();
    private final Map<String, String> places = new HashMap<>();

    PolicyLoader() {}

    /// What came of reading: all policies, or everything that is wrong.
    public sealed interface Result {}

    /// Nothing is wrong.
    ///
    /// @param warnings what is allowed but hardly meant
    public record Loaded(PolicySet policies, List<Diagnostic> warnings) implements Result {}

    /// Something is wrong, so nothing is loaded.
    ///
    /// @param diagnostics by place; at least one error
    public record Refused(List<Diagnostic> diagnostics) implements Result {}

    /// Reads one policy.
    ///
    /// @param fileName gives the policy its name if the text does not: the part after the last `/`, without `.yaml`
    public static Result parse(String fileName, String text) {
        PolicyLoader loader = new PolicyLoader();
        if (text.length() > MAX_FILE_BYTES) {
            loader.tooLarge(fileName);
        } else {
            loader.add(new Source(fileName, text, loader.diagnostics));
        }
        return loader.result();
    }

    /// Adds one file.
    ///
    /// @param bytes at most [#MAX_FILE_BYTES] count; a longer file is an error
    void add(String file, byte[] bytes) {
        if (bytes.length > MAX_FILE_BYTES) {
            tooLarge(file);
            return;
        }
        Source.decode(file, bytes, diagnostics).ifPresent(this::add);
    }

    /// Adds an error about a file, or a directory, that could not be read at all.
    void unreadable(String file, String problem) {
        new Source(file, "", diagnostics).error(1, 1, problem);
    }

    /// Adds a warning about a file that is left alone.
    void ignored(String file, String problem) {
        new Source(file, "", diagnostics).warning(1, 1, problem);
    }

    Result result() {
        return diagnostics.anyError()
                ? new Refused(diagnostics.sorted())
                : new Loaded(new PolicySet(policies), diagnostics.sorted());
    }

    private void tooLarge(String file) {
        unreadable(file, "the file is larger than " + (MAX_FILE_BYTES >> 20) + " MiB; split it into several policies");
    }

    private void add(Source source) {
        String file = source.file();
        Optional<PolicyReader.Read> read =
                YamlReader.read(source).flatMap(root -> new PolicyReader(source).read(root, baseName(file)));
        if (read.isEmpty()) {
            return;
        }
        Policy policy = read.get().policy();
        int line = read.get().namePosition().line();
        int column = read.get().namePosition().column();
        String other = places.putIfAbsent(policy.name(), file + ":" + line + ":" + column);
        if (other != null) {
            source.error(
                    line,
                    column,
                    "the policy at " + other + " is called `" + policy.name() + "` too, expected another name");
        } else {
            policies.add(policy);
        }
    }

    private static String baseName(String file) {
        String name = file.substring(file.lastIndexOf('/') + 1);
        return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
    }
}
