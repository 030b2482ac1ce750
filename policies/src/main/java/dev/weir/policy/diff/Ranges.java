// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.abi.IpAddress;
import java.util.ArrayList;
import java.util.List;

/// A set of addresses of one family as ascending ranges, none of which touches the next.
///
/// @param firsts the first address of each range
/// @param lasts the last address of each, inclusive
record Ranges(List<IpAddress> firsts, List<IpAddress> lasts) {
    /// Those of IPv6 next to the addresses that stand for IPv4; nothing lies between them.
    private static final IpAddress BELOW_V4 = previous(IpAddress.ofV4(0));
    private static final IpAddress ABOVE_V4 = next(IpAddress.ofV4(-1));

    Ranges() {
        this(new ArrayList<>(), new ArrayList<>());
    }

    /// Adds a range behind all others.
    void add(IpAddress first, IpAddress last) {
        if (!lasts.isEmpty() && touch(lasts.getLast(), first)) {
            lasts.removeLast();
        } else {
            firsts.add(first);
        }
        lasts.add(last);
    }

    int size() {
        return firsts.size();
    }

    /// The first range that ends at `address` or later; [#size()] if none does.
    int firstUpTo(IpAddress address) {
        int low = 0;
        int high = lasts.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (lasts.get(middle).compareTo(address) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static boolean touch(IpAddress last, IpAddress first) {
        return next(last).equals(first) || (last.equals(BELOW_V4) && first.equals(ABOVE_V4));
    }

    /// The address after this one; the first of all after the last.
    static IpAddress next(IpAddress address) {
        long low = address.low() + 1;
        return new IpAddress(low == 0 ? address.high() + 1 : address.high(), low);
    }

    /// The address before this one.
    static IpAddress previous(IpAddress address) {
        return new IpAddress(address.low() == 0 ? address.high() - 1 : address.high(), address.low() - 1);
    }
}
