// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.why;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.agent.packet.Packet;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class FramesTest {
    private static final long GUARD_MAC = 0x0100ff5e0002L; // 02:00:5e:ff:00:01, its first byte lowest
    private static final byte[] MADE =
            Frames.opening(IpAddress.parse("192.0.2.1"), IpAddress.parse("198.51.100.1"), Headers.UDP, 53, 40_000);

    @Test
    void questionIsSentFromTheMacThatMayLeave() {
        byte[] sent = Frames.sentFrom(GUARD_MAC, MADE);
        assertArrayEquals(HexFormat.of().parseHex("02005eff0001"), Arrays.copyOfRange(sent, 6, 12));
        assertArrayEquals(Arrays.copyOf(MADE, 6), Arrays.copyOf(sent, 6));
        assertArrayEquals(Arrays.copyOfRange(MADE, 12, MADE.length), Arrays.copyOfRange(sent, 12, sent.length));
    }

    @Test
    void frameOfACaptureKeepsItsSender() {
        byte[] captured = Packet.with(MADE, 11, 0x77);
        assertArrayEquals(captured, Frames.sentFrom(GUARD_MAC, captured));
        assertArrayEquals(new byte[5], Frames.sentFrom(GUARD_MAC, new byte[5]));
    }

    @Test
    void whoIsNotGuardedOrMaySendNothingNeedsNoMac() {
        assertArrayEquals(MADE, Frames.sentFrom(0, MADE));
        assertArrayEquals(MADE, Frames.sentFrom(Limits.NO_MAC, MADE));
    }
}
