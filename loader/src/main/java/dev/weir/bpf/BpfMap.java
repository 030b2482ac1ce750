// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.abi.BatchReader;
import dev.weir.abi.Codec;
import dev.weir.bpf.ffi.Libbpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;

/// A map whose values are one for all CPUs: hash, array and their like.
public final class BpfMap<K, V> extends MapHandle {
    private final Codec<K> key;
    private final Codec<V> value;

    /// What an update asks of the key.
    public enum Update {
        ANY(0),
        /// The key must be absent.
        NOEXIST(1),
        /// The key must be there.
        EXIST(2);

        private final int flag;

        Update(int flag) {
            this.flag = flag;
        }
    }

    private BpfMap(int fd, MapInfo info, Codec<K> key, Codec<V> value) {
        super(fd, info);
        this.key = key;
        this.value = value;
    }

    /// Takes over `fd`, also when it throws.
    static <K, V> BpfMap<K, V> owning(int fd, Codec<K> key, Codec<V> value) {
        return Owned.handle(fd, info -> {
            check(info, !info.isPerCpu(), "one with a single value for all CPUs");
            check(info, key, value);
            return new BpfMap<>(fd, info, key, value);
        });
    }

    /// Opens the map that is pinned at `path`.
    ///
    /// @throws BpfException.AbiMismatch when its keys or values are not as long as the codecs say
    public static <K, V> BpfMap<K, V> openPinned(Path path, Codec<K> key, Codec<V> value) {
        return owning(Pins.open(path), key, value);
    }

    /// The value of `k` now; empty when the key is not there.
    public Optional<V> lookup(K k) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment found = arena.allocate(value.byteSize(), Long.BYTES);
            int result = Libbpf.bpf_map_lookup_elem(fd(), encoded(arena, key, k), found);
            if (Errno.is(result, Errno.ENOENT)) {
                return Optional.empty();
            }
            if (result < 0) {
                throw failed("look up in", result);
            }
            return Optional.of(value.decode(found));
        }
    }

    /// Sets the value of `k`, whether or not it was there.
    ///
    /// @throws BpfException when the map is full
    public void update(K k, V v) {
        update(k, v, Update.ANY);
    }

    /// Sets the value of `k` if the key is there or absent, as `mode` asks.
    ///
    /// @return whether it was, and the value is set
    public boolean update(K k, V v, Update mode) {
        try (Arena arena = Arena.ofConfined()) {
            int result = Libbpf.bpf_map_update_elem(fd(), encoded(arena, key, k), encoded(arena, value, v), mode.flag);
            if ((mode == Update.NOEXIST && Errno.is(result, Errno.EEXIST))
                    || (mode == Update.EXIST && Errno.is(result, Errno.ENOENT))) {
                return false;
            }
            if (result < 0) {
                throw failed("write to", result);
            }
            return true;
        }
    }

    /// Sets the values of all these keys, whether or not they were there, some thousands with a system call.
    ///
    /// @throws BpfException when the map is full; some are set then
    public void updateAll(Map<K, V> entries) {
        int most = Math.min(entries.size(), MapDump.BATCH);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment keys = arena.allocate((long) most * key.byteSize(), Long.BYTES);
            MemorySegment values = arena.allocate((long) most * value.byteSize(), Long.BYTES);
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            Iterator<Map.Entry<K, V>> rest = entries.entrySet().iterator();
            while (rest.hasNext()) {
                int n = 0;
                for (; n < most && rest.hasNext(); n++) {
                    Map.Entry<K, V> entry = rest.next();
                    key.encode(entry.getKey(), keys.asSlice((long) n * key.byteSize(), key.byteSize()));
                    value.encode(entry.getValue(), values.asSlice((long) n * value.byteSize(), value.byteSize()));
                }
                count.set(ValueLayout.JAVA_INT, 0, n);
                int result = Libbpf.bpf_map_update_batch(fd(), keys, values, count, MemorySegment.NULL);
                if (result < 0) {
                    throw failed("write to", result);
                }
            }
        }
    }

    /// Removes `k`.
    ///
    /// @return whether it was there
    public boolean delete(K k) {
        try (Arena arena = Arena.ofConfined()) {
            int result = Libbpf.bpf_map_delete_elem(fd(), encoded(arena, key, k));
            if (result < 0 && !Errno.is(result, Errno.ENOENT)) {
                throw failed("delete from", result);
            }
            return result == 0;
        }
    }

    /// Shows every entry to `action`, a few thousand at a time and never all at once. Entries that come or go meanwhile
    /// may be shown or not; one that stays is shown.
    public void forEach(BiConsumer<? super K, ? super V> action) {
        new MapDump<>(this, key, value, MapDump.BATCH).run(action);
    }

    /// Shows a part of the entries of a hash map to `action`, in the kernel's order: about `count` of
    /// them, and never a part of a hash bucket. Who goes from part to part is shown every entry that
    /// is there all the time exactly once; of those that come or go meanwhile, some.
    ///
    /// @param from 0: the first; else what another call returned
    /// @return where to go on; empty: these were the last
    public OptionalInt forEachFrom(int from, int count, BiConsumer<? super K, ? super V> action) {
        return new MapDump<>(this, key, value, count).part(from, action);
    }

    /// As [#forEachFrom], showing all of the part at once.
    public OptionalInt readFrom(int from, int count, BatchReader reader) {
        if (reader.keyBytes() != key.byteSize() || reader.valueBytes() != value.byteSize()) {
            throw new IllegalArgumentException("the entries of " + info().name() + " are not what the reader reads");
        }
        return new MapDump<>(this, key, value, count).part(from, reader);
    }

    private static <T> MemorySegment encoded(Arena arena, Codec<T> codec, T t) {
        MemorySegment bytes = arena.allocate(codec.byteSize(), Long.BYTES);
        codec.encode(t, bytes);
        return bytes;
    }
}
