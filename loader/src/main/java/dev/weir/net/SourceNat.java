// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.abi.IpAddress;
import java.util.ArrayList;
import java.util.List;

/// A rule of netfilter that gives packets of IPv4 another source as they leave: masquerade, or SNAT. Of its conditions
/// only the source and the device are read; any other is taken to hold.
///
/// @param source network that packets come from; empty space (`0.0.0.0/0`) where it does not matter
/// @param device by which they leave; one that ends in `*` stands for all that begin so
public record SourceNat(Match<Network> source, Match<String> device) {
    /// A condition.
    ///
    /// @param value that packets have, or where `inverted` have not
    public record Match<T>(T value, boolean inverted) {
        static <T> Match<T> is(T value) {
            return new Match<>(value, false);
        }
    }

    /// An IPv4 prefix.
    public record Network(IpAddress address, int prefixLength) {
        static final Network ANY = new Network(IpAddress.ofV4(0), 0);

        boolean contains(IpAddress other) {
            int mask = prefixLength == 0 ? 0 : -1 << (Integer.SIZE - prefixLength);
            return other.isV4() && ((other.v4() ^ address.v4()) & mask) == 0;
        }
    }

    static final Match<Network> ANY_SOURCE = Match.is(Network.ANY);
    static final Match<String> ANY_DEVICE = Match.is("*");

    /// Whether it is for packets from `from` that leave by the device of this name.
    public boolean covers(IpAddress from, String by) {
        return from.isV4() && source.value().contains(from) != source.inverted() && matches(by) != device.inverted();
    }

    private boolean matches(String by) {
        String pattern = device.value();
        return pattern.endsWith("*") ? by.startsWith(pattern.substring(0, pattern.length() - 1)) : by.equals(pattern);
    }

    /// Those of the calling thread's network namespace: of nftables, which iptables uses too, and of the iptables
    /// that was there before it.
    ///
    /// @throws NetException when the kernel does not tell, such as for want of CAP_NET_ADMIN
    public static List<SourceNat> all() {
        List<SourceNat> found = new ArrayList<>(Nftables.sourceNat());
        found.addAll(LegacyTables.sourceNat());
        return found;
    }
}
