// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.yaml.Diagnostic;
import dev.weir.yaml.Diagnostics;
import dev.weir.yaml.Source;
import dev.weir.yaml.YamlReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads policies from texts, all of them as one: if anything is wrong anywhere, nothing is loaded. Needs no
/// file system; [PolicyDirectory] is the way from one.
public final class PolicyLoader {
    /// What one file may weigh.
    public static final int MAX_FILE_BYTES = 8 << 20;

    static final String SUFFIX = ".yaml";

    private final Diagnostics diagnostics = new Diagnostics();
    private final List<Policy> policies = new ArrayList<>();
    private final Map<String, String> places = new HashMap<>();

    PolicyLoader() {}

    /// What came of reading: all policies, or everything that is wrong.
    public sealed interface Result {
        /// The set files that the policies name, by absolute path, whether they could be read or not: when one
        /// of them changes, the result may be another.
        Set<Path> setFiles();
    }

    /// Nothing is wrong.
    ///
    /// @param warnings what is allowed but hardly meant
    public record Loaded(PolicySet policies, List<Diagnostic> warnings, Set<Path> setFiles) implements Result {
        public Loaded {
            setFiles = Set.copyOf(setFiles);
        }
    }

    /// Something is wrong, so nothing is loaded.
    ///
    /// @param diagnostics by place; at least one error
    public record Refused(List<Diagnostic> diagnostics, Set<Path> setFiles) implements Result {
        public Refused {
            setFiles = Set.copyOf(setFiles);
        }
    }

    /// One file that says which policy it is.
    ///
    /// @param found errors and warnings about it; the policy counts only without errors
    record ReadFile(PolicyReader.Read read, Diagnostics found) {}

    /// Reads one policy. A set that lies in a file is an error: there is no file system here.
    ///
    /// @param fileName gives the policy its name if the text does not: the part after the last `/`, without
    ///     `.yaml`
    public static Result parse(String fileName, String text) {
        PolicyLoader loader = new PolicyLoader();
        if (text.length() > MAX_FILE_BYTES) {
            loader.error(fileName, tooLarge("split it into several policies"));
        } else {
            Diagnostics own = new Diagnostics();
            loader.read(new Source(fileName, text, own), own, SetFiles.NONE)
                    .ifPresent(read -> loader.add(fileName, text.getBytes(StandardCharsets.UTF_8), read));
        }
        return loader.result(Set.of());
    }

    static String tooLarge(String remedy) {
        return "the file is larger than " + (MAX_FILE_BYTES >> 20) + " MiB; " + remedy;
    }

    /// Where what is found wrong is collected.
    Diagnostics diagnostics() {
        return diagnostics;
    }

    /// Reads one file, to be added.
    ///
    /// @param bytes at most [#MAX_FILE_BYTES]
    /// @return empty if it is not even known which policy it is; what is wrong is then reported
    Optional<ReadFile> read(String file, byte[] bytes, SetFiles sets) {
        Diagnostics own = new Diagnostics();
        Optional<Source> source = Source.decode(file, bytes, own);
        if (source.isEmpty()) {
            diagnostics.addAll(own);
            return Optional.empty();
        }
        return read(source.get(), own, sets);
    }

    private Optional<ReadFile> read(Source source, Diagnostics own, SetFiles sets) {
        Optional<PolicyReader.Read> read = YamlReader.read(source)
                .flatMap(root -> new PolicyReader(source, sets).read(root, baseName(source.file())));
        if (read.isEmpty()) {
            diagnostics.addAll(own);
        }
        return read.map(policy -> new ReadFile(policy, own));
    }

    /// Takes up a file and what was found in it; that another policy has its name is an error.
    void add(String file, byte[] bytes, ReadFile read) {
        diagnostics.addAll(read.found());
        Policy policy = read.read().policy();
        int line = read.read().namePosition().line();
        int column = read.read().namePosition().column();
        String other = places.putIfAbsent(policy.name(), file + ":" + line + ":" + column);
        if (other == null) {
            policies.add(policy);
        } else {
            String problem = "the policy at " + other + " is called `" + policy.name() + "` too, expected another name";
            Source.decode(file, bytes, diagnostics).ifPresent(source -> source.error(line, column, problem));
        }
    }

    /// Adds an error about a file, or a directory, as a whole.
    void error(String file, String problem) {
        new Source(file, "", diagnostics).error(1, 1, problem);
    }

    /// Adds a warning about a file that is left alone.
    void ignored(String file, String problem) {
        new Source(file, "", diagnostics).warning(1, 1, problem);
    }

    /// @param setFiles all that were looked for
    Result result(Set<Path> setFiles) {
        return diagnostics.anyError()
                ? new Refused(diagnostics.sorted(), setFiles)
                : new Loaded(new PolicySet(policies), diagnostics.sorted(), setFiles);
    }

    private static String baseName(String file) {
        String name = file.substring(file.lastIndexOf('/') + 1);
        return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
    }
}
