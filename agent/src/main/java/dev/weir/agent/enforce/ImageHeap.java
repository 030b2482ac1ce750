// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/// Gives out places in `weir_images`. Equal contents share one place. Offset 0 is never given out: in an
/// endpoint it means that there is none. Not thread-safe: the enforcer's own.
final class ImageHeap {
    /// One cache line, so that no image shares one with another.
    private static final int ALIGNMENT = 64;

    private final int capacity;
    private final TreeMap<Integer, ByteBuffer> blocks = new TreeMap<>();
    private final Map<Long, List<Integer>> offsets = new HashMap<>();
    private final Map<Integer, Integer> searched = new HashMap<>(); // by length: no place of it is free before that

    /// @param capacity of the array in bytes
    ImageHeap(int capacity) {
        this.capacity = capacity;
    }

    /// Where these bytes stand already.
    OptionalInt find(ByteBuffer bytes) {
        return offsets.getOrDefault(key(bytes), List.of()).stream()
                .mapToInt(Integer::intValue)
                .filter(offset -> bytes.equals(blocks.get(offset)))
                .findFirst();
    }

    /// A free place for bytes that stand nowhere yet, the first that is large enough; empty when there is
    /// none. The caller writes them there.
    OptionalInt place(ByteBuffer bytes) {
        if (!bytes.hasRemaining()) {
            throw new IllegalArgumentException("nothing has no place: it would share one with something");
        }
        int length = align(bytes.remaining());
        int start = searched.getOrDefault(length, ALIGNMENT);
        for (Map.Entry<Integer, ByteBuffer> block : blocks.tailMap(start).entrySet()) {
            if (block.getKey() - start >= length) {
                break;
            }
            start = align(block.getKey() + block.getValue().remaining());
        }
        searched.put(length, start);
        if (bytes.remaining() > capacity - start) {
            return OptionalInt.empty();
        }
        adopt(start, bytes);
        return OptionalInt.of(start);
    }

    /// Takes note of what an earlier agent wrote.
    ///
    /// @param content never changed from now on
    void adopt(int offset, ByteBuffer content) {
        blocks.put(offset, content);
        offsets.computeIfAbsent(key(content), absent -> new ArrayList<>(1)).add(offset);
    }

    /// Frees all places but these.
    void retain(Set<Integer> used) {
        if (blocks.keySet().retainAll(used)) {
            searched.clear();
        }
        offsets.values().forEach(places -> places.retainAll(used));
        offsets.values().removeIf(List::isEmpty);
    }

    /// How many bytes are in use.
    long usedBytes() {
        return blocks.values().stream().mapToLong(ByteBuffer::remaining).sum();
    }

    /// Equal for equal contents, and hardly ever for others. A buffer's own hash takes many times as long.
    private static long key(ByteBuffer content) {
        CRC32C crc = new CRC32C();
        crc.update(content.duplicate());
        return (long) content.remaining() << Integer.SIZE | crc.getValue();
    }

    private static int align(int offset) {
        return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
