// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// What the kernel says about a map.
///
/// @param type a number of `enum bpf_map_type`
/// @param name at most 15 bytes
/// @param flags `BPF_F_*`
/// @param types number of the BTF that tells the types of keys and values; 0 where its maker told none
/// @param keyType number of the type of keys in that BTF
/// @param valueType number of the type of values in it
public record MapInfo(
        int id,
        int type,
        String name,
        int keySize,
        int valueSize,
        int maxEntries,
        int flags,
        int types,
        int keyType,
        int valueType) {
    static final int ARRAY = 2;
    static final int PERCPU_HASH = 5;
    static final int PERCPU_ARRAY = 6;
    static final int ARRAY_OF_MAPS = 12;
    static final int RINGBUF = 27;
    static final int MMAPABLE = 1 << 10;

    private static final String MEMLOCK = "memlock:";

    /// Offsets are those of `struct bpf_map_info`.
    static MapInfo read(int fd, String what) {
        ObjectInfo info = ObjectInfo.read(fd, what);
        return new MapInfo(
                info.u32(4),
                info.u32(0),
                info.name(24),
                info.u32(8),
                info.u32(12),
                info.u32(16),
                info.u32(20),
                info.u32(64),
                info.u32(68),
                info.u32(72));
    }

    /// One of the types whose values the kernel copies once per CPU, past the end of a plain value.
    public boolean isPerCpu() {
        return switch (type) {
            case PERCPU_HASH, PERCPU_ARRAY, 10, 21 -> true;
            default -> false;
        };
    }

    /// Bytes of memory that the map takes, as the kernel shows them to the holder of `fd` (proc(5), fdinfo); empty
    /// where it does not.
    static OptionalLong memory(int fd) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/fdinfo/" + fd))) {
            return lines.filter(line -> line.startsWith(MEMLOCK))
                    .mapToLong(line ->
                            Long.parseLong(line.substring(MEMLOCK.length()).strip()))
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
