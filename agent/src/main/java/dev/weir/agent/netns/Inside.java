// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.IpAddress;
import dev.weir.net.MacAddress;
import dev.weir.net.NetDevice;
import dev.weir.net.RouteNetlink;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What was seen in a namespace. For one thread.
final class Inside {
    /// More addresses than this of one namespace are not looked at, so that a tenant cannot fill the table for all.
    static final int MAX_ADDRESSES = 256;

    private final List<IpAddress> addresses;
    private final boolean whole;
    private final Map<Integer, Optional<MacAddress>> ends = new HashMap<>(); // by ifindex; of those asked for

    /// @param addresses that others can send to, all of them
    Inside(List<IpAddress> addresses) {
        this.whole = addresses.size() <= MAX_ADDRESSES;
        this.addresses = List.copyOf(whole ? addresses : addresses.subList(0, MAX_ADDRESSES));
    }

    List<IpAddress> addresses() {
        return addresses;
    }

    /// Whether those are all addresses.
    boolean isWhole() {
        return whole;
    }

    /// The address of the other end of a veth, which is in this namespace.
    ///
    /// @param netlink of where the veth is
    Optional<MacAddress> end(NetDevice veth, RouteNetlink netlink) {
        return ends.computeIfAbsent(veth.peerIfindex(), _ -> endOf(veth, netlink));
    }

    /// As the other, of any namespace.
    static Optional<MacAddress> endOf(NetDevice veth, RouteNetlink netlink) {
        return netlink.link(veth.peerNsid(), veth.peerIfindex()).flatMap(end -> MacAddress.of(end.mac()));
    }
}
