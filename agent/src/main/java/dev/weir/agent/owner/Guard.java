// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import dev.weir.abi.DeviceKey;
import dev.weir.net.MacAddress;
import java.util.Optional;

/// What the source guard lets out of a device.
///
/// @param segment that its addresses are held on, as in [Place]
/// @param word `guard_mac` of `struct weir_endpoint`: the Ethernet address in wire order, [#OFF] or [#NOBODY]
public record Guard(DeviceKey segment, long word) {
    /// Nothing is guarded.
    public static final long OFF = 0;

    /// The namespace was granted no Ethernet address: nothing leaves it.
    public static final long NOBODY = -1;

    static Guard off(DeviceKey segment) {
        return new Guard(segment, OFF);
    }

    static Guard nobody(DeviceKey segment) {
        return new Guard(segment, NOBODY);
    }

    static Guard granting(DeviceKey segment, MacAddress mac) {
        return new Guard(segment, mac.inWireOrder());
    }

    /// The address that it grants; empty if it grants none.
    Optional<MacAddress> mac() {
        return word == OFF || word == NOBODY ? Optional.empty() : Optional.of(MacAddress.ofWireOrder(word));
    }

    @Override
    public String toString() {
        String what = word == OFF ? "off" : mac().map(MacAddress::toString).orElse("no address granted");
        return what + " on segment " + segment;
    }
}
