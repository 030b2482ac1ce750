// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.abi.IpAddress;
import java.util.HexFormat;
import java.util.Optional;

/// An Ethernet address.
///
/// @param bits the six bytes, the first in the highest of the lower 48 bits
public record MacAddress(long bits) implements Comparable<MacAddress> {
    private static final int BYTES = 6;
    private static final HexFormat TEXT = HexFormat.ofDelimiter(":");
    private static final long GROUP = 1L << 40; // IEEE 802: the lowest bit of the first byte
    private static final long LOCAL = 1L << 41;

    /// @throws IllegalArgumentException if more than 48 bits are set
    public MacAddress {
        if (bits >>> (Byte.SIZE * BYTES) != 0) {
            throw new IllegalArgumentException("0x" + Long.toHexString(bits) + " has more than 48 bits");
        }
    }

    /// The address of a device as [NetDevice#mac()] tells it; empty for one that no station can have: another length,
    /// all zeros, or a group's.
    public static Optional<MacAddress> of(String text) {
        byte[] bytes = TEXT.parseHex(text);
        long bits = 0;
        for (byte each : bytes) {
            bits = bits << Byte.SIZE | Byte.toUnsignedLong(each);
        }
        boolean station = bytes.length == BYTES && bits != 0 && (bits & GROUP) == 0;
        return station ? Optional.of(new MacAddress(bits)) : Optional.empty();
    }

    /// The number of the same six bytes in memory, the first in the lowest byte.
    public long inWireOrder() {
        return Long.reverseBytes(bits) >>> (Long.SIZE - Byte.SIZE * BYTES);
    }

    /// The address of which [#inWireOrder()] is `word`.
    ///
    /// @throws IllegalArgumentException if more than 48 bits are set
    public static MacAddress ofWireOrder(long word) {
        if (word >>> (Byte.SIZE * BYTES) != 0) {
            throw new IllegalArgumentException("0x" + Long.toHexString(word) + " has more than 48 bits");
        }
        return new MacAddress(Long.reverseBytes(word << (Long.SIZE - Byte.SIZE * BYTES)));
    }

    /// The link-local IPv6 address that a device makes of this one: RFC 4291, appendix A.
    public IpAddress linkLocal() {
        long flipped = bits ^ LOCAL;
        long identifier = (flipped >>> 24) << 40 | 0xfffeL << 24 | (flipped & 0xffffff);
        return new IpAddress(0xfe80L << 48, identifier);
    }

    @Override
    public int compareTo(MacAddress other) {
        return Long.compare(bits, other.bits);
    }

    /// Lower-case hexadecimal with colons.
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        StringBuilder text = new StringBuilder(17);
        for (int shift = Byte.SIZE * (BYTES - 1); shift >= 0; shift -= Byte.SIZE) {
            text.append(text.isEmpty() ? "" : ":").append(hex.toHexDigits((byte) (bits >>> shift)));
        }
        return text.toString();
    }
}
