// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.abi.BatchReader;
import dev.weir.abi.Codec;
import dev.weir.bpf.ffi.Libbpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// One walk over all entries of a map: by batches, or key by key where the kernel has no batches for the map's type.
///
/// @param entries that a batch holds; it grows where one hash bucket holds more
record MapDump<K, V>(BpfMap<K, V> map, Codec<K> key, Codec<V> value, int entries) {
    /// Entries that one system call reads at first.
    static final int BATCH = 4096;

    void run(BiConsumer<? super K, ? super V> action) {
        int limit = Math.max(1, map.info().maxEntries());
        // Positions are hash bucket numbers or keys, and the kernel writes the next one while it reads the last.
        int positionBytes = Math.max(key.byteSize(), Integer.BYTES);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = arena.allocate(positionBytes, Long.BYTES);
            MemorySegment to = arena.allocate(positionBytes, Long.BYTES);
            Batch batch = new Batch(arena, Math.min(entries, limit));
            boolean first = true;
            while (true) {
                batch.count.set(ValueLayout.JAVA_INT, 0, batch.capacity);
                int result = Libbpf.bpf_map_lookup_batch(
                        map.fd(),
                        first ? MemorySegment.NULL : from,
                        to,
                        batch.keys,
                        batch.values,
                        batch.count,
                        MemorySegment.NULL);
                if (first && lacksBatches(result)) {
                    keyByKey(action, limit);
                    return;
                }
                if (Errno.is(result, Errno.ENOSPC) && batch.capacity < limit) {
                    batch = new Batch(arena, (int) Math.min(2L * batch.capacity, limit));
                    continue;
                }
                if (result < 0 && !Errno.is(result, Errno.ENOENT)) {
                    throw map.failed("read all of", result);
                }
                batch.show(action);
                if (result < 0) {
                    return;
                }
                MemorySegment last = from;
                from = to;
                to = last;
                first = false;
            }
        }
    }

    /// Shows the entries from a position on: about as many as a batch holds, and never a part of a
    /// hash bucket.
    ///
    /// @param from 0: the first; else what another call returned. Positions are numbers of hash
    ///     buckets, which stay while the map lives; behind the last of them is the end.
    /// @return where to go on; empty: these were the last
    OptionalInt part(int from, BiConsumer<? super K, ? super V> action) {
        return read(from, batch -> batch.show(action));
    }

    /// As the other, but shows all of the part at once.
    OptionalInt part(int from, BatchReader reader) {
        return read(from, batch -> batch.show(reader));
    }

    private OptionalInt read(int from, Consumer<Batch> action) {
        int limit = Math.max(1, map.info().maxEntries());
        int capacity = Math.min(entries, limit);
        while (true) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment begin = arena.allocateFrom(ValueLayout.JAVA_INT, from);
                MemorySegment next = arena.allocate(ValueLayout.JAVA_INT);
                Batch batch = new Batch(arena, capacity);
                batch.count.set(ValueLayout.JAVA_INT, 0, capacity);
                int result = Libbpf.bpf_map_lookup_batch(
                        map.fd(), begin, next, batch.keys, batch.values, batch.count, MemorySegment.NULL);
                if (Errno.is(result, Errno.ENOSPC) && capacity < limit) {
                    capacity = (int) Math.min(2L * capacity, limit);
                    continue;
                }
                if (result < 0 && !Errno.is(result, Errno.ENOENT)) {
                    throw map.failed("read a part of", result);
                }
                action.accept(batch);
                return result < 0 ? OptionalInt.empty() : OptionalInt.of(next.get(ValueLayout.JAVA_INT, 0));
            }
        }
    }

    private static boolean lacksBatches(int result) {
        return Errno.is(result, Errno.ENOTSUPP) || Errno.is(result, Errno.EOPNOTSUPP);
    }

    /// A key that is deleted while it is the last one read makes the kernel start again, so the walk has a limit.
    private void keyByKey(BiConsumer<? super K, ? super V> action, int limit) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment last = arena.allocate(key.byteSize(), Long.BYTES);
            MemorySegment next = arena.allocate(key.byteSize(), Long.BYTES);
            int result = Libbpf.bpf_map_get_next_key(map.fd(), MemorySegment.NULL, next);
            for (long shown = 0; result == 0 && shown < 2L * limit; shown++) {
                K k = key.decode(next);
                map.lookup(k).ifPresent(v -> action.accept(k, v));
                last.copyFrom(next);
                result = Libbpf.bpf_map_get_next_key(map.fd(), last, next);
            }
            if (result < 0 && !Errno.is(result, Errno.ENOENT)) {
                throw map.failed("read all of", result);
            }
        }
    }

    /// Room for one batch.
    private final class Batch {
        private final int capacity;
        private final MemorySegment keys;
        private final MemorySegment values;
        private final MemorySegment count;

        Batch(Arena arena, int capacity) {
            this.capacity = capacity;
            keys = arena.allocate((long) capacity * key.byteSize(), Long.BYTES);
            values = arena.allocate((long) capacity * value.byteSize(), Long.BYTES);
            count = arena.allocate(ValueLayout.JAVA_INT);
        }

        private void show(BatchReader reader) {
            reader.read(keys, values, count.get(ValueLayout.JAVA_INT, 0));
        }

        private void show(BiConsumer<? super K, ? super V> action) {
            int n = count.get(ValueLayout.JAVA_INT, 0);
            for (int i = 0; i < n; i++) {
                K k = key.decode(keys.asSlice((long) i * key.byteSize(), key.byteSize()));
                V v = value.decode(values.asSlice((long) i * value.byteSize(), value.byteSize()));
                action.accept(k, v);
            }
        }
    }
}
