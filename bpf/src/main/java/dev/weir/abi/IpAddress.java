// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// An IPv4 or IPv6 address as 128 bits in host order; IPv4 is held v4-mapped (`::ffff:a.b.c.d`, RFC 4291
/// section 2.5.5.2), as in every map of `abi.h`, so that one value type serves both families. The mapped form
/// of an IPv4 address and the address itself are therefore the same value. The order is that of the 128 bits,
/// unsigned.
///
/// @param high the first eight bytes
/// @param low the last eight bytes
public record IpAddress(long high, long low) implements Comparable<IpAddress> {
    /// Bytes of an address in maps and on [#toBytes()].
    public static final int BYTES = 16;

    /// The longest that an address may be as text.
    public static final int MAX_TEXT = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255".length();
    private static final long V4_PREFIX = 0xffffL;
    private static final int GROUPS = 8;
    private static final int OCTET_PLACE = 4;
    private static final byte[] OCTETS = octets();

    /// The IPv4 address whose four bytes are `bits`, the first in the highest byte.
    public static IpAddress ofV4(int bits) {
        return new IpAddress(0, (V4_PREFIX << 32) | Integer.toUnsignedLong(bits));
    }

    /// Reads an address as written in policies: four decimal numbers, or the forms of RFC 4291 section 2.2,
    /// without zone, brackets or prefix length. Asks no resolver.
    ///
    /// @throws IllegalArgumentException if `text` is anything else; the message quotes it and says why
    public static IpAddress parse(String text) {
        if (text.length() > MAX_TEXT) {
            throw bad(text.substring(0, MAX_TEXT) + "…", "it is too long");
        }
        return text.indexOf(':') < 0 ? ofV4(parseV4(text, text)) : parseV6(text);
    }

    /// The address in 16 bytes of network order, IPv4 v4-mapped.
    ///
    /// @throws IllegalArgumentException if `bytes` is not 16 long
    public static IpAddress ofBytes(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("an address has " + BYTES + " bytes, not " + bytes.length);
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            high = high << 8 | (bytes[i] & 0xff);
            low = low << 8 | (bytes[Long.BYTES + i] & 0xff);
        }
        return new IpAddress(high, low);
    }

    /// 16 bytes in network order, IPv4 v4-mapped.
    public byte[] toBytes() {
        byte[] bytes = new byte[BYTES];
        for (int i = 0; i < Long.BYTES; i++) {
            bytes[i] = (byte) (high >>> (56 - 8 * i));
            bytes[Long.BYTES + i] = (byte) (low >>> (56 - 8 * i));
        }
        return bytes;
    }

    public boolean isV4() {
        return high == 0 && low >>> 32 == V4_PREFIX;
    }

    /// The four bytes of an IPv4 address, the first in the highest byte.
    ///
    /// @throws IllegalStateException if this is an IPv6 address
    public int v4() {
        if (!isV4()) {
            throw new IllegalStateException(this + " is not an IPv4 address");
        }
        return (int) low;
    }

    @Override
    public int compareTo(IpAddress other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /// By hand, as [DeviceKey#equals].
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IpAddress address && address.low == low && address.high == high;
    }

    @Override
    public int hashCode() {
        return 31 * Long.hashCode(high) + Long.hashCode(low);
    }

    /// Dotted decimal for IPv4, the canonical form of RFC 5952 for IPv6.
    @Override
    public String toString() {
        byte[] text = new byte[MAX_TEXT];
        return new String(text, 0, write(text, 0), StandardCharsets.US_ASCII);
    }

    /// Writes [#toString()] in ASCII, at most [#MAX_TEXT] bytes.
    ///
    /// @return where it ends
    public int write(byte[] target, int at) {
        return isV4() ? writeV4(target, at) : writeV6(target, at);
    }

    private int writeV4(byte[] target, int at) {
        int end = at;
        for (int shift = 24; shift >= 0; shift -= 8) {
            int from = OCTET_PLACE * ((int) low >>> shift & 0xff);
            for (int left = OCTETS[from]; left > 0; left--) {
                target[end++] = OCTETS[++from];
            }
            target[end++] = '.';
        }
        return end - 1;
    }

    private int writeV6(byte[] target, int at) {
        int runStart = GROUPS;
        int runLength = 1; // a single zero group is written out
        for (int i = 0; i < GROUPS; i++) {
            int zeros = 0;
            while (i + zeros < GROUPS && group(i + zeros) == 0) {
                zeros++;
            }
            if (zeros > runLength) {
                runStart = i;
                runLength = zeros;
            }
        }
        int end = at;
        for (int i = 0; i < GROUPS; i++) {
            if (i == runStart) {
                target[end++] = ':';
                target[end++] = ':';
                i += runLength - 1;
            } else {
                if (i > 0 && i != runStart + runLength) {
                    target[end++] = ':';
                }
                end = writeHex(target, end, group(i));
            }
        }
        return end;
    }

    private static int writeHex(byte[] target, int at, int group) {
        int end = at;
        int shift = group > 0xfff ? 12 : group > 0xff ? 8 : group > 0xf ? 4 : 0;
        for (; shift >= 0; shift -= 4) {
            int digit = group >>> shift & 0xf;
            target[end++] = (byte) (digit < 10 ? '0' + digit : 'a' - 10 + digit);
        }
        return end;
    }

    /// Of each octet how many digits it has, and those.
    private static byte[] octets() {
        byte[] octets = new byte[256 * OCTET_PLACE];
        for (int octet = 0; octet < 256; octet++) {
            byte[] digits = Integer.toString(octet).getBytes(StandardCharsets.US_ASCII);
            octets[OCTET_PLACE * octet] = (byte) digits.length;
            System.arraycopy(digits, 0, octets, OCTET_PLACE * octet + 1, digits.length);
        }
        return octets;
    }

    private int group(int index) {
        long half = index < 4 ? high : low;
        return (int) (half >>> (48 - 16 * (index & 3))) & 0xffff;
    }

    private static IpAddress parseV6(String text) {
        int gap = text.indexOf("::");
        if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
            throw bad(text, "`::` may stand once");
        }
        String head = gap < 0 ? text : text.substring(0, gap);
        String tail = gap < 0 ? "" : text.substring(gap + 2);
        int[] first = groups(head, text, gap < 0);
        int[] last = groups(tail, text, true);
        int given = first.length + last.length;
        if (gap < 0 ? given != GROUPS : given >= GROUPS) {
            throw bad(text, "it has " + given + " groups of 16 bits" + (gap < 0 ? " instead of 8" : " beside `::`"));
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < GROUPS; i++) {
            int fromEnd = i - (GROUPS - last.length);
            int group = i < first.length ? first[i] : fromEnd >= 0 ? last[fromEnd] : 0;
            high = high << 16 | low >>> 48;
            low = low << 16 | group;
        }
        return new IpAddress(high, low);
    }

    /// The groups of one side of `::`. Dotted decimal may end the address, so only its last side.
    private static int[] groups(String side, String text, boolean mayEndDotted) {
        if (side.isEmpty()) {
            return new int[0];
        }
        String[] parts = side.split(":", -1);
        String end = parts[parts.length - 1];
        boolean dotted = mayEndDotted && end.indexOf('.') >= 0;
        int[] groups = new int[parts.length + (dotted ? 1 : 0)];
        for (int i = 0; i < parts.length - (dotted ? 1 : 0); i++) {
            groups[i] = hexGroup(parts[i], text);
        }
        if (dotted) {
            int bits = parseV4(end, text);
            groups[groups.length - 2] = bits >>> 16;
            groups[groups.length - 1] = bits & 0xffff;
        }
        return groups;
    }

    private static int hexGroup(String part, String text) {
        if (part.isEmpty() || part.length() > 4) {
            throw bad(text, "each group is one to four hexadecimal digits");
        }
        int value = 0;
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            int digit = c < 0x80 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                throw bad(text, "`" + c + "` is not a hexadecimal digit");
            }
            value = value << 4 | digit;
        }
        return value;
    }

    /// Without an array of its parts: a list of addresses has a hundred thousand of these.
    private static int parseV4(String dotted, String text) {
        if (dots(dotted) != 3) {
            throw bad(text, "IPv4 is four numbers with dots between them");
        }
        int bits = 0;
        int start = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            int dot = dotted.indexOf('.', start);
            int end = dot < 0 ? dotted.length() : dot;
            bits = bits << 8 | octet(dotted, start, end, text);
            start = end + 1;
        }
        return bits;
    }

    private static int dots(String dotted) {
        int dots = 0;
        for (int i = 0; i < dotted.length(); i++) {
            dots += dotted.charAt(i) == '.' ? 1 : 0;
        }
        return dots;
    }

    private static int octet(String dotted, int start, int end, String text) {
        int length = end - start;
        boolean plain = length >= 1 && length <= 3 && (length == 1 || dotted.charAt(start) != '0');
        int value = 0;
        for (int i = start; plain && i < end; i++) {
            int digit = dotted.charAt(i) - '0';
            plain = digit >= 0 && digit <= 9;
            value = value * 10 + digit;
        }
        if (!plain || value > 255) {
            throw bad(text, "`" + dotted.substring(start, end) + "` is not a number from 0 to 255 in plain decimal");
        }
        return value;
    }

    private static IllegalArgumentException bad(String text, String why) {
        return new IllegalArgumentException("\"" + text + "\" is not an IP address: " + why);
    }
}
