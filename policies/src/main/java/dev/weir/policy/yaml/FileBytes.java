// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.yaml.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;

/// Reads whole files, each and all together up to a bound. All that is read of a directory is read of the one
/// that stood there first, also if its name is given to another meanwhile.
final class FileBytes {
    private final Map<Path, Path> directories = new HashMap<>();
    private long left = PolicyDirectory.MAX_BYTES;

    /// Where a directory is, without any link on the way; from now on its files are looked for there.
    Path find(Path directory) throws IOException {
        Path real = directory.toRealPath();
        directories.put(directory.toAbsolutePath(), real);
        return real;
    }

    private Path actual(Path file) {
        Path absolute = file.toAbsolutePath();
        return directories.entrySet().stream()
                .filter(directory -> absolute.startsWith(directory.getKey()))
                .map(directory ->
                        directory.getValue().resolve(directory.getKey().relativize(absolute)))
                .findAny()
                .orElse(file);
    }

    /// Reads a regular file, or what a link to one leads to. Nothing else is opened, and no more is read than
    /// the file says that it holds: a pipe, or a file of the kernel's that waits for its next line, would never
    /// end.
    ///
    /// @param named as policies and people name it
    /// @param remedy for a file that is too large: `split it into several policies`
    /// @throws BadValue if it cannot be read whole
    byte[] read(Path named, String remedy) throws BadValue {
        Path file = actual(named);
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) {
                throw new BadValue("cannot read this: it is no regular file");
            }
            if (attributes.size() > PolicyLoader.MAX_FILE_BYTES) {
                throw new BadValue(PolicyLoader.tooLarge(remedy));
            }
            left -= attributes.size();
            if (left < 0) {
                throw new BadValue("the policies and their set files weigh more than "
                        + (PolicyDirectory.MAX_BYTES >> 20) + " MiB together");
            }
            try (InputStream in = Files.newInputStream(file)) {
                return in.readNBytes((int) attributes.size());
            }
        } catch (IOException e) {
            throw new BadValue(Source.problem(e));
        }
    }

    /// Whether the bound on all files was passed, so that reading on makes no sense.
    boolean isExhausted() {
        return left < 0;
    }
}
