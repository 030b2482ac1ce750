// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.bpf.ffi.Libbpf;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/// Names of maps, programs and links in a BPF file system, under which they outlive the process. The kernel refuses
/// names with a dot (`kernel/bpf/inode.c`).
final class Pins {
    private Pins() {}

    static void pin(BpfFd fd, Path path) {
        try (Arena arena = Arena.ofConfined()) {
            int result = Libbpf.bpf_obj_pin(fd.get(), arena.allocateFrom(path.toString()));
            if (result < 0) {
                throw BpfException.of(
                        "pin " + fd.what() + " at " + path, result, "the path must be free and lie in a mounted bpffs");
            }
        }
    }

    /// A new descriptor of what is pinned at `path`; the caller closes it.
    ///
    /// @throws BpfException when nothing is there, or it cannot be opened
    static int open(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            int fd = Libbpf.bpf_obj_get(arena.allocateFrom(path.toString()));
            if (fd < 0) {
                throw BpfException.of("open the pin " + path, fd, "is bpffs mounted, and did an agent pin it?");
            }
            return fd;
        }
    }
}
