// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.probe;

import static java.util.Objects.requireNonNull;

import dev.weir.bpf.Errno;
import dev.weir.bpf.ffi.Libc;
import dev.weir.bpf.probe.Support.Supported;
import dev.weir.bpf.probe.Support.Unknown;
import dev.weir.bpf.probe.Support.Unsupported;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A directory in a BPF file system: what is pinned there outlives the process. Names of pins have no dot
/// (`kernel/bpf/inode.c`), so they are not made of device names, which may have one.
public final class BpfFs {
    private static final long BPF_FS_MAGIC = 0xcafe4a11L; // linux/magic.h

    private final Path directory;

    private BpfFs(Path directory) {
        this.directory = directory;
    }

    /// The directory need not exist yet.
    public static BpfFs at(Path directory) {
        return new BpfFs(directory.toAbsolutePath().normalize());
    }

    public Path directory() {
        return directory;
    }

    /// Whether pins can be made here: the directory, or else the nearest one above it that exists, is in a BPF file
    /// system.
    public Support support() {
        Path existing = directory;
        while (!Files.isDirectory(existing)) {
            existing = requireNonNull(existing.getParent(), "the root is a directory");
        }
        int fd = Libc.open(existing.toString(), Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC);
        if (fd < 0) {
            return new Unknown("open " + existing + ": " + Errno.of(fd));
        }
        long magic = Libc.fstatfs(fd);
        Libc.close(fd);
        if (magic < 0) {
            return new Unknown("ask for the file system of " + existing + ": " + Errno.of(magic));
        }
        return magic == BPF_FS_MAGIC
                ? new Supported()
                : new Unsupported(
                        directory + " is not in a BPF file system",
                        "mount -t bpf bpf /sys/fs/bpf (`ip netns exec` hides it: start Weir outside)");
    }

    /// Makes the directory and those above it, for the owner only; those that exist stay as they are.
    public void create() {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new UncheckedIOException("make the directory " + directory + " for pins: " + e, e);
        }
    }

    /// Everything that is pinned here and below, in the order of names; nothing where the directory is absent.
    public List<Path> pins() {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            return tree.filter(path -> !Files.isDirectory(path)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("list the pins in " + directory + ": " + e, e);
        }
    }

    /// Removes one pin; what it held goes when nobody else holds it.
    ///
    /// @return whether it was there
    /// @throws IllegalArgumentException when `pin` is not below the directory
    public boolean remove(Path pin) {
        Path inside = pin.toAbsolutePath().normalize();
        if (!inside.startsWith(directory) || inside.equals(directory)) {
            throw new IllegalArgumentException(pin + " is not below " + directory);
        }
        try {
            return Files.deleteIfExists(inside);
        } catch (IOException e) {
            throw new UncheckedIOException("remove the pin " + pin + ": " + e, e);
        }
    }

    /// Removes every pin here and below, and the directory.
    public void removeAll() {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("remove the pins in " + directory + ": " + e, e);
        }
    }

    /// Locks the directory, which must exist, against other processes and other holders in this one. The lock goes with
    /// the process, however it ends.
    ///
    /// @return empty when another holds it
    public Optional<Lock> lock() {
        int fd = Libc.open(directory.toString(), Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC);
        if (fd < 0) {
            throw new UncheckedIOException(new IOException("lock " + directory + ": " + Errno.of(fd)));
        }
        int result = Libc.flock(fd, Libc.LOCK_EX | Libc.LOCK_NB);
        if (result == 0) {
            return Optional.of(new Lock(fd));
        }
        Libc.close(fd);
        if (result == -Errno.EAGAIN) {
            return Optional.empty();
        }
        throw new UncheckedIOException(new IOException("lock " + directory + ": " + Errno.of(result)));
    }
}
