// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/// Gives out places in `weir_images`. Equal contents share one place. Offset 0 is never given out: in an endpoint
/// it
/// means
/// that there is none. Not thread-safe: the enforcer's own.
final class ImageHeap {
    /// One cache line, so that no image shares one with another.
    private static final int ALIGNMENT = 64;

    private final int capacity;
    private final TreeMap<Integer, ByteBuffer> blocks = new TreeMap<>();
    private final Map<ByteBuffer, Integer> offsets = new HashMap<>();

    /// @param capacity of the array in bytes
    ImageHeap(int capacity) {
        this.capacity = capacity;
    }

    /// Where these bytes stand already.
    OptionalInt find(ByteBuffer bytes) {
        Integer offset = offsets.get(bytes);
        return offset == null ? OptionalInt.empty() : OptionalInt.of(offset);
    }

    /// A free place for bytes that stand nowhere yet, the first that is large enough; empty when there is none. The
    /// caller
    /// writes them there.
    OptionalInt place(ByteBuffer bytes) {
        if (!bytes.hasRemaining()) {
            throw new IllegalArgumentException("nothing has no place: it would share one with something");
        }
        int start = ALIGNMENT;
        for (Map.Entry<Integer, ByteBuffer> block : blocks.entrySet()) {
            if (block.getKey() - start >= bytes.remaining()) {
                break;
            }
            start = align(block.getKey() + block.getValue().remaining());
        }
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
        offsets.put(content, offset);
    }

    /// Frees all places but these.
    void retain(Set<Integer> used) {
        blocks.keySet().retainAll(used);
        offsets.values().retainAll(used);
    }

    /// How many bytes are in use.
    long usedBytes() {
        return blocks.values().stream().mapToLong(ByteBuffer::remaining).sum();
    }

    private static int align(int offset) {
        return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
