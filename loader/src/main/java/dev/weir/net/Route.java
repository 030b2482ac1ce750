// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.abi.IpAddress;
import java.util.Optional;

/// The way that a namespace would send to an address.
///
/// @param ifindex of the device that it would leave by
/// @param gateway whom it would be handed to on that device's link; empty: to the address itself
public record Route(int ifindex, Optional<IpAddress> gateway) {
    /// Whether the address is expected on that device's own link, not behind a gateway.
    public boolean direct() {
        return gateway.isEmpty();
    }
}
