// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

/// A block of addresses.
/// @param base its first address
/// @param prefix bits that all members share, 0..128; IPv4 prefixes are counted from 96
public record Cidr(IpAddress base, int prefix) {
    public Cidr {
        base = mask(base, prefix);
    }

    /// Reads an address, which is a block of one, or `ADDRESS/PREFIX`; bits behind the prefix are ignored.
    /// @throws IllegalArgumentException for all else
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        IpAddress base = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        if (slash < 0) {
            return new Cidr(base, 128);
        }
        int bits = base.isV4() ? 32 : 128;
        String digits = text.substring(slash + 1);
        if (!digits.matches("\\d{1,3}") || Integer.parseInt(digits) > bits) {
            throw new IllegalArgumentException("the prefix of '" + text + "' is not a number from 0 to " + bits);
        }
        return new Cidr(base, Integer.parseInt(digits) + 128 - bits);
    }

    public boolean contains(IpAddress address) {
        return mask(address, prefix).equals(base);
    }

    private static IpAddress mask(IpAddress address, int prefix) {
        return new IpAddress(address.high() & ones(prefix), address.low() & ones(prefix - 64));
    }

    private static long ones(int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? -1 : -1L << (64 - bits);
    }
}
