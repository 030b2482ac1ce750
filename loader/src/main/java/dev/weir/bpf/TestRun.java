// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

/// What a program did with a packet that was not sent.
public final class TestRun {
    private final int verdict;
    private final byte[] packet;
    private final long nanos;

    TestRun(int verdict, byte[] packet, long nanos) {
        this.verdict = verdict;
        this.packet = packet;
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

    /// Mean duration of one run.
    public long nanos() {
        return nanos;
    }
}
