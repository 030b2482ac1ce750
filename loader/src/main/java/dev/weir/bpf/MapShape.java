// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.bpf.ffi.Libc;
import java.nio.file.Path;
import java.util.List;

/// What a map is like inside, whoever made it: equal shapes hold equal things.
///
/// @param type a number of `enum bpf_map_type`
/// @param key fields of a key; none where the map has no keys
/// @param value fields of a value; none where the map has no values
public record MapShape(
        int type,
        boolean perCpu,
        int keySize,
        int valueSize,
        int maxEntries,
        int flags,
        List<StructField> key,
        List<StructField> value) {
    public MapShape {
        key = List.copyOf(key);
        value = List.copyOf(value);
    }

    /// Reads the shape of the map that is pinned at `path`.
    ///
    /// @throws BpfException.AbiMismatch when its maker did not tell the types of keys and values
    /// @throws BpfException.NotPermitted without CAP_SYS_ADMIN, which finding types by their number needs
    public static MapShape ofPinned(Path path) {
        int fd = Pins.open(path);
        try {
            MapInfo info = MapInfo.read(fd, "map " + path);
            boolean plain = info.keySize() == 0;
            if (!plain && info.types() == 0) {
                throw new BpfException.AbiMismatch("map " + path, "it does not tell the types of what it holds");
            }
            Btf types = plain ? Btf.EMPTY : Btf.ofKernel(info.types());
            return new MapShape(
                    info.type(),
                    info.isPerCpu(),
                    info.keySize(),
                    info.valueSize(),
                    info.maxEntries(),
                    info.flags(),
                    plain ? List.of() : types.fields(info.keyType()),
                    plain ? List.of() : types.fields(info.valueType()));
        } finally {
            Libc.close(fd);
        }
    }

    /// Whether elements have numbers and are always there.
    public boolean isArray() {
        return type == MapInfo.ARRAY || type == MapInfo.PERCPU_ARRAY;
    }
}
