// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.policy.AddressSet;
import dev.weir.yaml.Diagnostics;
import dev.weir.yaml.Source;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The set files of one load: each is read once, however many policies name it, and parsed only if its bytes
/// are not those of the load before.
final class SetFileStore {
    /// Addresses and prefixes that all set files together may hold; each takes about 60 bytes of memory.
    static final int MAX_PREFIXES = 500_000;

    private final Map<Path, Good> before;
    private final FileBytes files;
    private final Diagnostics diagnostics;
    private final Map<Path, Outcome> found = new LinkedHashMap<>();
    private int prefixes;

    /// @param before what [#good()] was after the load before
    /// @param diagnostics where errors inside of set files go
    SetFileStore(Map<Path, Good> before, FileBytes files, Diagnostics diagnostics) {
        this.before = before;
        this.files = files;
        this.diagnostics = diagnostics;
    }

    /// What came of reading one file.
    sealed interface Outcome {}

    /// Without an error. A load that finds the same bytes gives the same object.
    static final class Good implements Outcome {
        private final byte[] bytes;
        private final AddressSet set;

        private Good(byte[] bytes, AddressSet set) {
            this.bytes = bytes;
            this.set = set;
        }
    }

    private record Unreadable(String problem) implements Outcome {}

    /// With errors of its own, which are reported.
    private record Wrong() implements Outcome {}

    /// The set files that one policy names, relative to the directory of its file.
    ///
    /// @param used takes what came of each, by path
    SetFiles namedBy(Path policy, Map<Path, Outcome> used) {
        return (path, source, at) -> {
            Path file;
            try {
                file = policy.resolveSibling(path);
            } catch (InvalidPathException e) {
                source.error(at, "no file can be called so: " + e.getReason());
                return Optional.empty();
            }
            Outcome outcome = outcome(file);
            used.put(file.toAbsolutePath(), outcome);
            return switch (outcome) {
                case Good good -> Optional.of(good.set);
                case Wrong() -> Optional.empty();
                case Unreadable(String problem) -> {
                    source.error(at, "the set's file " + file + ": " + problem);
                    yield Optional.empty();
                }
            };
        };
    }

    /// Whether each of these files was good and still is what it was.
    boolean areUnchanged(Map<Path, Outcome> used) {
        return used.entrySet().stream()
                .allMatch(use -> use.getValue() instanceof Good good && good.equals(outcome(use.getKey())));
    }

    /// Every file that was looked for, by absolute path.
    Set<Path> looked() {
        return new LinkedHashSet<>(found.keySet());
    }

    /// What the next load compares with, by absolute path: what each file that was looked for held when it last was
    /// without an error.
    Map<Path, Good> good() {
        Map<Path, Good> good = new LinkedHashMap<>();
        found.forEach((path, outcome) -> {
            Good last = outcome instanceof Good now ? now : before.get(path);
            if (last != null) {
                good.put(path, last);
            }
        });
        return good;
    }

    private Outcome outcome(Path file) {
        Path key = file.toAbsolutePath();
        Outcome known = found.get(key);
        if (known == null) {
            known = read(file, key);
            found.put(key, known);
        }
        return known;
    }

    private Outcome read(Path file, Path key) {
        byte[] bytes;
        try {
            bytes = files.read(file, "split the set");
        } catch (BadValue e) {
            return new Unreadable(e.problem());
        }
        Good earlier = before.get(key);
        Outcome outcome = earlier != null && Arrays.equals(earlier.bytes, bytes)
                ? earlier
                : SetFileReader.read(file.toString(), bytes, diagnostics)
                        .<Outcome>map(set -> new Good(bytes, set))
                        .orElseGet(Wrong::new);
        if (outcome instanceof Good good) {
            prefixes += good.set.prefixes().size();
            if (prefixes > MAX_PREFIXES) {
                new Source(file.toString(), "", diagnostics)
                        .error(1, 1, "all set files together hold more than " + MAX_PREFIXES + " addresses");
                return new Wrong();
            }
        }
        return outcome;
    }
}
