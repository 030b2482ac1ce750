// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import java.util.Optional;

/// What a rule judges: the opening of a flow, seen from an endpoint.
///
/// @param direction of the packet that opens the flow
/// @param outside the address of the other side
/// @param holder who holds that address, if Weir knows
/// @param protocol IP protocol number
/// @param port of the side that did not open; ICMP: `type << 8 | code`; a protocol with neither: 0
public record Traffic(Direction direction, IpAddress outside, Optional<Holder> holder, int protocol, int port) {
    public Traffic {
        if (protocol < 0 || protocol > Service.MAX_PROTOCOL || port < 0 || port > Service.MAX_PORT) {
            throw new IllegalArgumentException("no packet has protocol " + protocol + ", port " + port);
        }
    }
}
