// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/// An IPv4 or IPv6 address as 128 bits; IPv4 is v4-mapped (RFC 4291, section 2.5.5.2), as in the kernel maps.
/// @param high the first eight bytes
/// @param low the last eight bytes
public record IpAddress(long high, long low) implements Comparable<IpAddress> {
    private static final long MAPPED = 0xffffL << 32;
    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern V4 = Pattern.compile("(" + OCTET + "\\.){3}" + OCTET);
    private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:.]{2,45}");

    /// The address in `bytes`, in network order: 16, IPv4 being v4-mapped, or 4.
    public static IpAddress of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return switch (bytes.length) {
            case 4 -> new IpAddress(0, MAPPED | Integer.toUnsignedLong(buffer.getInt()));
            case 16 -> new IpAddress(buffer.getLong(), buffer.getLong());
            default -> throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
        };
    }

    /// Reads dotted decimal with four plain parts, or IPv6 in any form of RFC 4291; never a name, never a zone.
    /// @throws IllegalArgumentException for all else
    @JsonCreator
    public static IpAddress parse(String text) {
        if (V4.matcher(text).matches()
                || (text.indexOf(':') >= 0 && V6.matcher(text).matches())) {
            try {
                return of(InetAddress.ofLiteral(text).getAddress());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("'" + text + "' is not an IP address", e);
            }
        }
        throw new IllegalArgumentException("'" + text + "' is not an IP address");
    }

    public boolean isV4() {
        return high == 0 && (low >>> 32) == 0xffff;
    }

    @Override
    public int compareTo(IpAddress other) {
        int order = Long.compareUnsigned(high, other.high);
        return order != 0 ? order : Long.compareUnsigned(low, other.low);
    }

    /// Dotted decimal, or the one form that RFC 5952 gives each IPv6 address.
    @JsonValue
    @Override
    public String toString() {
        if (isV4()) {
            return "%d.%d.%d.%d".formatted(low >>> 24 & 255, low >>> 16 & 255, low >>> 8 & 255, low & 255);
        }
        int runStart = -1;
        int runLength = 1;
        for (int start = 0; start < 8; start++) {
            int end = start;
            while (end < 8 && group(end) == 0) {
                end++;
            }
            if (end - start > runLength) {
                runStart = start;
                runLength = end - start;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == runStart) {
                text.append("::");
                i += runLength - 1;
            } else {
                if (i > 0 && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(group(i)));
            }
        }
        return text.toString();
    }

    private int group(int index) {
        long half = index < 4 ? high : low;
        return (int) (half >>> (48 - 16 * (index & 3))) & 0xffff;
    }
}
