// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import java.util.Comparator;

/// Where an address is held: tenants on separate segments may hold equal ones.
///
/// @param segment the bridge, or the veth that is in none; [#anywhere] in a vantage: for who asks from another
/// segment
public record Place(IpAddress address, DeviceKey segment) implements Comparable<Place> {
    private static final Comparator<Place> ORDER =
            Comparator.comparing(Place::address).thenComparing(Place::segment);

    /// What stands for all segments of a vantage.
    public static DeviceKey anywhere(int vantage) {
        return new DeviceKey(Limits.ANYWHERE, vantage);
    }

    private boolean isAnywhere() {
        return segment.ifindex() == Limits.ANYWHERE;
    }

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        if (!isAnywhere()) {
            return address + " on segment " + segment;
        }
        return segment.vantage() == DeviceKey.HOST ? address.toString() : address + " in vantage " + segment.vantage();
    }
}
