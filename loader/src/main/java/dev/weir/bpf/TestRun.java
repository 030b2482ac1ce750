// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.abi.Codec;
import java.lang.foreign.MemorySegment;

/// What a program did with a packet that was not sent.
public final class TestRun {
    private final int verdict;
    private final byte[] packet;
    private final byte[] cb;
    private final long nanos;

    TestRun(int verdict, byte[] packet, byte[] cb, long nanos) {
        this.verdict = verdict;
        this.packet = packet;
        this.cb = cb;
        this.nanos = nanos;
    }

    /// What the program returned, such as a `TCX_*` code.
    public int verdict() {
        return verdict;
    }

    /// A copy of the packet as the program left it.
    public byte[] packet() {
        return packet.clone();
    }

    /// What the program left in `skb->cb`, its scratch space of 20 bytes.
    public <T> T note(Codec<T> codec) {
        return codec.decode(MemorySegment.ofArray(cb));
    }

    /// Mean duration of one run.
    public long nanos() {
        return nanos;
    }
}
