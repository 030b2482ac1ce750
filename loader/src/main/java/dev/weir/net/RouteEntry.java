// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.abi.IpAddress;

/// An entry of a routing table.
///
/// @param table its number; [#MAIN], unless somebody made another
/// @param network the first address that it is for
/// @param prefixLength in bits of that address's family
/// @param ifindex of the device that it sends to; 0: it has several
public record RouteEntry(int table, IpAddress network, int prefixLength, int ifindex) {
    /// RT_TABLE_MAIN of linux/rtnetlink.h.
    public static final int MAIN = 254;
}
