// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import java.util.List;

/// All that was seen of a host at one moment.
///
/// @param spaces the host's own network namespace first, then those with a name, then those without that a veth leads
/// to
/// @param stale files in the directory of names that are no namespaces
/// @param whole whether every namespace that was seen could be looked into
/// @param unread what could not be looked at and why, a sentence each
record HostState(
        Machine machine, List<Space> spaces, List<StaleName> stale, Weir weir, boolean whole, List<String> unread) {
    HostState {
        spaces = List.copyOf(spaces);
        stale = List.copyOf(stale);
        unread = List.copyOf(unread);
    }

    /// A leftover in the directory of names.
    ///
    /// @param directory whether it is a directory, which `ip netns del` does not take away
    record StaleName(String name, String reason, boolean directory) {}

    Space host() {
        return spaces.getFirst();
    }

    Space space(Place place) {
        return spaces.get(place.space());
    }

    Port port(Place place) {
        return space(place).port(place.ifindex());
    }

    /// A number that is larger for a device that came later: those of the host are numbered as they come, and
    /// a veth goes by its end there. The host's own stations come first.
    int age(Place place) {
        Place peer = port(place).peer();
        return place.space() == 0 ? 0 : peer == null ? place.ifindex() : peer.ifindex();
    }

    /// Where a device is.
    ///
    /// @param space its number in [#spaces()]
    record Place(int space, int ifindex) {}
}
