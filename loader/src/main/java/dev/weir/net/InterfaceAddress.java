// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.abi.IpAddress;

/// An address that a device holds.
///
/// @param ifindex of the device, in the namespace that was asked about
/// @param prefixLength of the subnet, in bits of the address's own family: 0..32 or 0..128
/// @param scope `RT_SCOPE_*` of `linux/rtnetlink.h`: 0 universe, 253 link, 254 host
public record InterfaceAddress(int ifindex, IpAddress address, int prefixLength, int scope) {}
