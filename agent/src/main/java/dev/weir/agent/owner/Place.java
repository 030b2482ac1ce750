// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import org.jspecify.annotations.Nullable;

/// Where an address is held: tenants on separate segments may hold equal ones.
///
/// @param segment the bridge, or the veth that is in none; [#anywhere] in a vantage: for who asks from another
/// segment
public record Place(IpAddress address, DeviceKey segment) implements Comparable<Place> {
    /// What stands for all segments of a vantage.
    public static DeviceKey anywhere(int vantage) {
        return new DeviceKey(Limits.ANYWHERE, vantage);
    }

    private boolean isAnywhere() {
        return segment.ifindex() == Limits.ANYWHERE;
    }

    @Override
    public int compareTo(Place other) {
        int byAddress = address.compareTo(other.address);
        return byAddress != 0 ? byAddress : segment.compareTo(other.segment);
    }

    /// By hand, as [DeviceKey#equals].
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Place place && place.address.equals(address) && place.segment.equals(segment);
    }

    @Override
    public int hashCode() {
        return 31 * address.hashCode() + segment.hashCode();
    }

    @Override
    public String toString() {
        if (!isAnywhere()) {
            return address + " on segment " + segment;
        }
        return segment.vantage() == DeviceKey.HOST ? address.toString() : address + " in vantage " + segment.vantage();
    }
}
