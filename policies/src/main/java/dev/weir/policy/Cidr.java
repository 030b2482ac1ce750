// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.IpAddress;

/// An address prefix of one family; a single address is a prefix of full length. `::/0` holds every IPv6
/// address and no IPv4 one.
///
/// @param network the first address of the prefix
/// @param length bits that count, within the family: 0..32 for IPv4, 0..128 for IPv6
public record Cidr(IpAddress network, int length) implements Peer {
    private static final int V4_BITS = 32;
    private static final int V6_BITS = 128;

    /// @throws IllegalArgumentException if the length is out of the family's range or `network` has bits set
    ///     beyond it
    public Cidr {
        int bits = bits(network);
        if (length < 0 || length > bits) {
            throw new IllegalArgumentException(
                    "the prefix length of " + network + " is " + length + ", not 0 to " + bits);
        }
        int counted = mappedLength(network, length);
        if ((network.high() & ~highMask(counted)) != 0 || (network.low() & ~lowMask(counted)) != 0) {
            throw new IllegalArgumentException(network + "/" + length + " has bits set beyond the prefix");
        }
    }

    /// The prefix of full length that holds only `address`.
    public static Cidr of(IpAddress address) {
        return new Cidr(address, bits(address));
    }

    /// The prefix of this length around `address`: bits beyond it are cleared.
    public static Cidr around(IpAddress address, int length) {
        return new Cidr(first(address, length), length);
    }

    /// Bits of the addresses of the family of `address`: 32 or 128.
    public static int bits(IpAddress address) {
        return address.isV4() ? V4_BITS : V6_BITS;
    }

    /// The last address of the prefix.
    public IpAddress last() {
        int mappedLength = mappedLength(network, length);
        return new IpAddress(network.high() | ~highMask(mappedLength), network.low() | ~lowMask(mappedLength));
    }

    public boolean contains(IpAddress address) {
        return address.isV4() == network.isV4() && network.equals(first(address, length));
    }

    /// The address alone for a full length, else `address/length`.
    @Override
    public String toString() {
        return length == bits(network) ? network.toString() : network + "/" + length;
    }

    private static IpAddress first(IpAddress address, int length) {
        int mappedLength = mappedLength(address, length);
        return new IpAddress(address.high() & highMask(mappedLength), address.low() & lowMask(mappedLength));
    }

    private static int mappedLength(IpAddress address, int length) {
        return address.isV4() ? length + V6_BITS - V4_BITS : length;
    }

    private static long highMask(int length) {
        return length >= 64 ? -1 : length <= 0 ? 0 : -1L << (64 - length);
    }

    private static long lowMask(int length) {
        return highMask(length - 64);
    }
}
