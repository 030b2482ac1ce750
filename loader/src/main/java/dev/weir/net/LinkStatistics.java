// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

/// What a device has carried since it was made, as the device itself counts (`struct rtnl_link_stats64` of
/// `linux/if_link.h`): `rx` came out of the device into the host, `tx` went into it. Unsigned 64-bit numbers.
public record LinkStatistics(
        long rxPackets, long txPackets, long rxBytes, long txBytes, long rxDropped, long txDropped) {
    /// Of a device that tells nothing.
    public static final LinkStatistics NONE = new LinkStatistics(0, 0, 0, 0, 0, 0);
}
