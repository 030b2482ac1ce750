// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import dev.weir.abi.IpAddress;
import java.util.Comparator;

/// Where an address is held: tenants on separate segments may hold equal ones.
///
/// @param segment ifindex of the bridge, or of the veth that is in none; [#ANYWHERE]: for who asks from another segment
public record Place(IpAddress address, int segment) implements Comparable<Place> {
    /// The segment that stands for the whole vantage.
    public static final int ANYWHERE = 0;

    private static final Comparator<Place> ORDER =
            Comparator.comparing(Place::address).thenComparingInt(Place::segment);

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return segment == ANYWHERE ? address.toString() : address + " on segment " + segment;
    }
}
