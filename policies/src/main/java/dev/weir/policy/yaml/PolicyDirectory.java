// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.yaml.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads policies from the file system.
public final class PolicyDirectory {
    /// Files that one directory may hold.
    public static final int MAX_FILES = 4096;

    /// What all files together may weigh.
    public static final int MAX_BYTES = 32 << 20;

    private PolicyDirectory() {}

    /// Reads every file of the directory whose name ends in `.yaml` and does not begin with a dot, in the order
    /// of their names. A link counts as what it leads to; a directory, pipe or device of such a name is
    /// passed over.
    ///
    /// @return the policies, or every error of every file; a directory or file that cannot be read is such an error
    public static PolicyLoader.Result load(Path directory) {
        return load(List.of(directory));
    }

    /// Reads several directories and single files as one set.
    public static PolicyLoader.Result load(List<Path> paths) {
        PolicyLoader loader = new PolicyLoader();
        int budget = MAX_BYTES;
        for (Path path : paths) {
            List<Path> files = Files.isRegularFile(path) ? List.of(path) : list(path, loader);
            for (Path file : files) {
                budget -= add(file, loader);
                if (budget < 0) {
                    loader.unreadable(
                            file.toString(), "the policies weigh more than " + (MAX_BYTES >> 20) + " MiB together");
                    return loader.result();
                }
            }
        }
        return loader.result();
    }

    private static List<Path> list(Path directory, PolicyLoader loader) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.startsWith(".")) {
                    continue;
                }
                if (name.endsWith(".yml") && Files.isRegularFile(entry)) {
                    loader.ignored(entry.toString(), "this file is not read: the names of policy files end in .yaml");
                } else if (name.endsWith(PolicyLoader.SUFFIX)
                        && (Files.isRegularFile(entry) || Files.notExists(entry))) {
                    files.add(entry);
                }
                if (files.size() > MAX_FILES) {
                    loader.unreadable(directory.toString(), "the directory holds more than " + MAX_FILES + " policies");
                    return List.of();
                }
            }
        } catch (DirectoryIteratorException e) {
            loader.unreadable(directory.toString(), Source.problem(e.getCause()));
        } catch (IOException e) {
            loader.unreadable(directory.toString(), Source.problem(e));
        }
        files.sort(null);
        return files;
    }

    /// Returns how many bytes it read; a file that cannot be read is reported.
    private static int add(Path file, PolicyLoader loader) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(PolicyLoader.MAX_FILE_BYTES + 1);
            loader.add(file.toString(), bytes);
            return bytes.length;
        } catch (IOException e) {
            loader.unreadable(file.toString(), Source.problem(e));
            return 0;
        }
    }
}
