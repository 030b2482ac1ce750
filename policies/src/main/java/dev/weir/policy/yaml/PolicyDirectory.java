// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.yaml.Source;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads policies from the file system, again and again: a file that is as it was, together with the set files
/// that it names, gives the very same [dev.weir.policy.Policy] as before and is not parsed again. For one
/// thread.
public final class PolicyDirectory {
    /// Files that one directory may hold.
    public static final int MAX_FILES = 4096;

    /// What all files together may weigh, set files too.
    public static final int MAX_BYTES = 32 << 20;

    private static final Object LOST = new Object();

    private final List<Path> paths;
    private final Map<Path, Known> known = new HashMap<>();
    private final Map<Path, Object> filled = new HashMap<>(); // which directory held policies last
    private Map<Path, SetFileStore.Good> knownSets = Map.of();

    /// @param paths directories, and single files
    public PolicyDirectory(List<Path> paths) {
        this.paths = List.copyOf(paths);
    }

    /// A file as it was read without an error.
    ///
    /// @param content its bytes
    /// @param setFiles what came of each set file that it names, by path
    private record Known(ByteBuffer content, Map<Path, SetFileStore.Outcome> setFiles, PolicyLoader.ReadFile read) {}

    /// Reads a directory once.
    public static PolicyLoader.Result load(Path directory) {
        return load(List.of(directory));
    }

    /// Reads several directories and single files once, as one set.
    public static PolicyLoader.Result load(List<Path> paths) {
        return new PolicyDirectory(paths).read();
    }

    /// Reads every file of the directories whose name ends in `.yaml` and does not begin with a dot, in the
    /// order of their names. A link counts as what it leads to; a directory, pipe or device of such a name is
    /// passed over. A directory whose name is given to another while it is read, as by swapping a link, is read
    /// to its end. It may lose all its policies; but another, empty one in its place, as an unmounted file
    /// system leaves it, is an error.
    ///
    /// @return the policies, or every error of every file; a directory or file that cannot be read is such an
    ///     error
    public PolicyLoader.Result read() {
        PolicyLoader loader = new PolicyLoader();
        FileBytes bytes = new FileBytes();
        SetFileStore sets = new SetFileStore(knownSets, bytes, loader.diagnostics());
        Set<Path> listed = new HashSet<>();
        for (Path path : paths) {
            for (Path file : Files.isRegularFile(path) ? List.of(path) : inhabited(path, bytes, loader)) {
                listed.add(file);
                if (!bytes.isExhausted()) {
                    read(file, loader, bytes, sets);
                }
            }
        }
        known.keySet().retainAll(listed);
        knownSets = sets.good();
        return loader.result(sets.looked());
    }

    private void read(Path file, PolicyLoader loader, FileBytes files, SetFileStore sets) {
        String name = file.toString();
        byte[] bytes;
        try {
            bytes = files.read(file, "split it into several policies");
        } catch (BadValue e) {
            loader.error(name, e.problem());
            return;
        }
        ByteBuffer content = ByteBuffer.wrap(bytes);
        Known before = known.get(file);
        if (before != null && before.content.equals(content) && sets.areUnchanged(before.setFiles)) {
            loader.add(name, bytes, before.read);
            return;
        }
        Map<Path, SetFileStore.Outcome> used = new HashMap<>();
        Optional<PolicyLoader.ReadFile> read = loader.read(name, bytes, sets.namedBy(file, used));
        if (read.isPresent()) {
            loader.add(name, bytes, read.get());
            if (!read.get().found().anyError()) {
                known.put(file, new Known(content, used, read.get()));
            }
        }
    }

    /// As [#list], and tells if the policies are gone together with the directory.
    private List<Path> inhabited(Path directory, FileBytes bytes, PolicyLoader loader) {
        List<Path> files = list(directory, bytes, loader);
        Object now = identity(directory);
        Object before = filled.get(directory);
        if (now != null && !files.isEmpty()) {
            filled.put(directory, now);
        } else if (before == null || before.equals(now)) {
            filled.remove(directory);
        } else {
            filled.put(directory, LOST); // what comes next may have the number of what was there
            if (now != null) {
                loader.error(
                        directory.toString(),
                        "another, empty directory stands where the policies were; mount or put back what was there,"
                                + " or restart the agent to be without policies");
            }
        }
        return files;
    }

    /// What tells this directory from another in its place; null where it is absent, or the system does not say.
    private static @Nullable Object identity(Path directory) {
        try {
            return Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null; // listing it has told why
        }
    }

    private static List<Path> list(Path directory, FileBytes bytes, PolicyLoader loader) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(bytes.find(directory))) {
            for (Path actual : entries) {
                Path entry = directory.resolve(actual.getFileName());
                String name = entry.getFileName().toString();
                if (name.startsWith(".")) {
                    continue;
                }
                if (name.endsWith(".yml") && Files.isRegularFile(actual)) {
                    loader.ignored(entry.toString(), "this file is not read: the names of policy files end in .yaml");
                } else if (name.endsWith(PolicyLoader.SUFFIX)
                        && (Files.isRegularFile(actual) || Files.notExists(actual))) {
                    files.add(entry);
                }
                if (files.size() > MAX_FILES) {
                    loader.error(directory.toString(), "the directory holds more than " + MAX_FILES + " policies");
                    return List.of();
                }
            }
        } catch (DirectoryIteratorException e) {
            loader.error(directory.toString(), Source.problem(e.getCause()));
        } catch (IOException e) {
            loader.error(directory.toString(), Source.problem(e));
        }
        files.sort(null);
        return files;
    }
}
