// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.bpf.ffi.CStrings;
import dev.weir.bpf.ffi.Libbpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What the kernel says about a descriptor: `struct bpf_map_info`, `bpf_prog_info` or `bpf_link_info` of `linux/bpf.h`.
/// Their beginnings never change; what a kernel does not know stays zero.
record ObjectInfo(MemorySegment bytes) {
    private static final int SIZE = 224; // up to bpf_prog_info.verified_insns
    private static final int NAME_BYTES = 16;

    // struct bpf_prog_info: nr_map_ids, map_ids
    private static final int MAP_COUNT = 52;
    private static final int MAP_IDS = 56;

    /// A program may use 64 maps (`MAX_USED_MAPS` of the kernel).
    private static final int MAX_MAPS = 64;

    static ObjectInfo read(int fd, String what) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(SIZE, Long.BYTES);
            MemorySegment size = arena.allocateFrom(ValueLayout.JAVA_INT, SIZE);
            int result = Libbpf.bpf_obj_get_info_by_fd(fd, info, size);
            if (result < 0) {
                throw BpfException.of("ask the kernel about " + what, result);
            }
            return new ObjectInfo(MemorySegment.ofArray(info.toArray(ValueLayout.JAVA_LONG)));
        }
    }

    /// The numbers of the maps that a program uses.
    static int[] readMapIds(int fd, String what) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ids = arena.allocate(ValueLayout.JAVA_INT, MAX_MAPS);
            MemorySegment info = arena.allocate(SIZE, Long.BYTES);
            info.set(ValueLayout.JAVA_INT, MAP_COUNT, MAX_MAPS);
            info.set(ValueLayout.ADDRESS, MAP_IDS, ids);
            MemorySegment size = arena.allocateFrom(ValueLayout.JAVA_INT, SIZE);
            int result = Libbpf.bpf_obj_get_info_by_fd(fd, info, size);
            if (result < 0) {
                throw BpfException.of("ask the kernel which maps " + what + " uses", result);
            }
            int count = Math.min(MAX_MAPS, info.get(ValueLayout.JAVA_INT, MAP_COUNT));
            return ids.asSlice(0, (long) count * Integer.BYTES).toArray(ValueLayout.JAVA_INT);
        }
    }

    int u32(int offset) {
        return bytes.get(ValueLayout.JAVA_INT, offset);
    }

    String name(int offset) {
        return CStrings.read(bytes.asSlice(offset, NAME_BYTES));
    }

    byte[] bytes(int offset, int length) {
        return bytes.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    }
}
