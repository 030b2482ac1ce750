// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

/// The way that a namespace would send to an address.
///
/// @param ifindex of the device that it would leave by
/// @param direct whether the address is expected on that device's own link, not behind a gateway
public record Route(int ifindex, boolean direct) {}
