// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.abi.Codec;
import java.lang.foreign.MemorySegment;

/// What a program did with a packet that was not sent.
public final class TestRun {
    private final int verdict;
    private final byte[] packet;
    private final byte[] context;
    private final long nanos;

    TestRun(int verdict, byte[] packet, byte[] context, long nanos) {
        this.verdict = verdict;
        this.packet = packet;
        this.context = context;
        this.nanos = nanos;
    }

    /// What the program returned, such as a `TCX_*` or `XDP_*` code.
    public int verdict() {
        return verdict;
    }

    /// A copy of the packet as the program left it.
    public byte[] packet() {
        return packet.clone();
    }

    /// What a program for tc left in `skb->cb`, its scratch space of 20 bytes.
    public <T> T note(Codec<T> codec) {
        return codec.decode(MemorySegment.ofArray(context).asSlice(SkbContext.CONTROL, SkbContext.CONTROL_BYTES));
    }

    /// Mean duration of one run.
    public long nanos() {
        return nanos;
    }
}
