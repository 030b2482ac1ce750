// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.bpf.ffi.Libc;
import java.nio.file.Path;

/// A map, program or link that is pinned, and held open beside its pin: it lives on when the pin is taken away, and can
/// be pinned again.
public final class PinnedObject implements AutoCloseable {
    private final BpfFd fd;

    private PinnedObject(BpfFd fd) {
        this.fd = fd;
    }

    /// Opens what is pinned at `path`, whatever it is.
    ///
    /// @throws BpfException when nothing is pinned at `path`, or it cannot be opened
    public static PinnedObject open(Path path) {
        return new PinnedObject(BpfFd.owning(Pins.open(path), "what was pinned at " + path));
    }

    /// Pins it once more, under `path`, whose last part has no dot.
    ///
    /// @throws BpfException when the path is taken or not in a BPF file system
    public void pin(Path path) {
        Pins.pin(fd, path);
    }

    /// Maps it into this process, as an array with a descriptor of its own.
    ///
    /// @throws BpfException.AbiMismatch when it is not an array for mmap
    public MappedArray mapArray() {
        int copy = Libc.dup(fd.get());
        if (copy < 0) {
            throw BpfException.of("take another descriptor of " + fd.what(), copy);
        }
        return MappedArray.owning(copy);
    }

    /// Closes the descriptor; again is nothing.
    @Override
    public void close() {
        fd.close();
    }
}
