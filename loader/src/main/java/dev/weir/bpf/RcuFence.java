// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.weir.bpf.ffi.Libbpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Waits until every program that runs now has returned: what was unlinked before is then used by none. Storing into an
/// array of maps promises that (`maybe_wait_bpf_programs` in `kernel/bpf/syscall.c`), so the fence is one such array.
public final class RcuFence implements AutoCloseable {
    // struct bpf_map_create_opts of bpf/bpf.h
    private static final int OPTIONS_BYTES = 48;
    private static final int INNER_MAP_FD = 24;

    private final BpfFd inner;
    private final BpfFd outer;

    private RcuFence(BpfFd inner, BpfFd outer) {
        this.inner = inner;
        this.outer = outer;
    }

    /// Makes the two small maps that the fence needs.
    public static RcuFence create() {
        Libbpf.silence();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment options = arena.allocate(OPTIONS_BYTES, Long.BYTES);
            options.set(JAVA_LONG, 0, OPTIONS_BYTES);
            BpfFd inner = map(arena, MapInfo.ARRAY, "weir_fence_in", options);
            try {
                options.set(JAVA_INT, INNER_MAP_FD, inner.get());
                return new RcuFence(inner, map(arena, MapInfo.ARRAY_OF_MAPS, "weir_fence", options));
            } catch (RuntimeException e) {
                inner.close();
                throw e;
            }
        }
    }

    private static BpfFd map(Arena arena, int type, String name, MemorySegment options) {
        int fd = Libbpf.bpf_map_create(type, arena.allocateFrom(name), Integer.BYTES, Integer.BYTES, 1, options);
        if (fd < 0) {
            throw BpfException.of("create map " + name, fd);
        }
        return BpfFd.owning(fd, "map " + name);
    }

    /// Waits, typically 8 to 18 ms.
    public void await() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment slot = arena.allocate(JAVA_INT);
            MemorySegment map = arena.allocateFrom(JAVA_INT, inner.get());
            int result = Libbpf.bpf_map_update_elem(outer.get(), slot, map, 0);
            if (result < 0) {
                throw BpfException.of("wait for running programs", result);
            }
        }
    }

    /// Closes both maps; again is nothing.
    @Override
    public void close() {
        outer.close();
        inner.close();
    }
}
