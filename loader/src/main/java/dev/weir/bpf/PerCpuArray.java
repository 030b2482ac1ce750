// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.abi.Codec;
import dev.weir.abi.Codecs;
import dev.weir.bpf.ffi.Libbpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.ObjIntConsumer;

/// An array of counters of which every CPU has its own copy. Values are structs of `__u64` only and are read as the sum
/// over all possible CPUs, word by word, before anything is decoded: with many CPUs most of the work is adding.
public final class PerCpuArray<V> extends MapHandle {
    private static final int BATCH_BYTES = 1 << 16;

    private final Codec<V> value;
    private final int cpus;

    private PerCpuArray(int fd, MapInfo info, Codec<V> value, int cpus) {
        super(fd, info);
        this.value = value;
        this.cpus = cpus;
    }

    /// Takes over `fd`, also when it throws.
    static <V> PerCpuArray<V> owning(int fd, Codec<V> value) {
        return Owned.handle(fd, info -> {
            check(info, info.type() == MapInfo.PERCPU_ARRAY, "a per-CPU array");
            check(info, Codecs.U32, value);
            if (value.byteSize() % Long.BYTES != 0) {
                throw new IllegalArgumentException(value.name() + " is not made of __u64 counters");
            }
            int cpus = Libbpf.libbpf_num_possible_cpus();
            if (cpus < 0) {
                throw BpfException.of("count the possible CPUs", cpus, "is /sys mounted?");
            }
            return new PerCpuArray<>(fd, info, value, cpus);
        });
    }

    /// Opens the array that is pinned at `path`.
    ///
    /// @throws BpfException.AbiMismatch when it is no per-CPU array or its values are not as long as the codec says
    public static <V> PerCpuArray<V> openPinned(Path path, Codec<V> value) {
        return owning(Pins.open(path), value);
    }

    /// Possible CPUs: each has a copy.
    public int cpus() {
        return cpus;
    }

    /// The sum over all CPUs of element `index`.
    ///
    /// @throws IndexOutOfBoundsException when the array has no such element
    public V sum(int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = arena.allocate(stride(), Long.BYTES);
            int result = Libbpf.bpf_map_lookup_elem(fd(), key(arena, index), values);
            if (result < 0) {
                throw failed("read element " + index + " of", result);
            }
            return summed(values);
        }
    }

    /// Shows the sums of the first `limit` elements to `action`, reading many elements with one system call.
    ///
    /// @throws IndexOutOfBoundsException when the array is shorter than `limit`
    public void forEachSum(int limit, ObjIntConsumer<? super V> action) {
        Objects.checkFromIndexSize(0, limit, info().maxEntries());
        int capacity = Math.clamp(BATCH_BYTES / stride(), 1, Math.max(1, limit));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment keys = arena.allocate(ValueLayout.JAVA_INT, capacity);
            MemorySegment values = arena.allocate(stride() * capacity, Long.BYTES);
            MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment position = arena.allocate(ValueLayout.JAVA_INT); // the last index read
            int words = value.byteSize() / Long.BYTES;
            long[] read = new long[cpus * words * capacity];
            long[] sum = new long[words];
            for (int next = 0; next < limit; ) {
                count.set(ValueLayout.JAVA_INT, 0, Math.min(capacity, limit - next));
                MemorySegment from =
                        next == 0 ? MemorySegment.NULL : arena.allocateFrom(ValueLayout.JAVA_INT, next - 1);
                int result = Libbpf.bpf_map_lookup_batch(fd(), from, position, keys, values, count, MemorySegment.NULL);
                int elements = count.get(ValueLayout.JAVA_INT, 0);
                if ((result < 0 && !Errno.is(result, Errno.ENOENT)) || elements <= 0) {
                    throw failed("read " + limit + " elements of", result < 0 ? result : -Errno.ENOENT);
                }
                MemorySegment.copy(values, ValueLayout.JAVA_LONG, 0, read, 0, cpus * words * elements);
                for (int i = 0; i < elements; i++) {
                    add(read, i * cpus * words, sum);
                    action.accept(value.decode(sum), next + i);
                }
                next += elements;
            }
        }
    }

    /// Sets element `index` to zero on every CPU. Counts made meanwhile may be lost or survive.
    ///
    /// @throws IndexOutOfBoundsException when the array has no such element
    public void zero(int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment zeros = arena.allocate(stride(), Long.BYTES);
            int result = Libbpf.bpf_map_update_elem(fd(), key(arena, index), zeros, 0);
            if (result < 0) {
                throw failed("zero element " + index + " of", result);
            }
        }
    }

    /// Bytes of one element: a value for each possible CPU.
    private long stride() {
        return (long) cpus * value.byteSize();
    }

    private MemorySegment key(Arena arena, int index) {
        return arena.allocateFrom(ValueLayout.JAVA_INT, Objects.checkIndex(index, info().maxEntries()));
    }

    private V summed(MemorySegment values) {
        long[] sum = new long[value.byteSize() / Long.BYTES];
        add(values.toArray(ValueLayout.JAVA_LONG), 0, sum);
        return value.decode(sum);
    }

    /// Adds the values that all CPUs have of one element, which begin at `from`; of arrays, because words of a
    /// segment are dear one by one where the JIT is the simple one.
    private void add(long[] values, int from, long[] sum) {
        Arrays.fill(sum, 0);
        for (int cpu = 0, at = from; cpu < cpus; cpu++) {
            for (int word = 0; word < sum.length; word++) {
                sum[word] += values[at++];
            }
        }
    }
}
