// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.abi.IpAddress;
import dev.weir.policy.Cidr;
import dev.weir.policy.Peer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Says a set of addresses of one family by as few prefixes as possible: those that it holds but for a few, and these
/// few.
///
/// The prefixes of a family are a tree. For each of its nodes there are two costs: of naming what is in the set, and,
/// if a prefix above is named already, of naming what is not. A node is named whole with its exceptions where that
/// costs less than naming its halves. Where the set, or what it leaves out, lies in one small part of a node, the
/// walk goes there at once, so that it takes time and memory in proportion to the ranges.
final class AddressCover {
    private static final Comparator<Cidr> ORDER =
            Comparator.comparing(Cidr::network).thenComparingInt(Cidr::length);
    private static final Prefix ROOT4 = new Prefix(IpAddress.ofV4(0), 96);
    private static final Prefix ROOT6 = new Prefix(new IpAddress(0, 0), 0);

    private final Ranges ranges;
    private final boolean v4;
    private final List<Cidr> in = new ArrayList<>();
    private final List<Cidr> but = new ArrayList<>();

    /// A prefix of 128 bits, IPv4 v4-mapped.
    private record Prefix(IpAddress network, int length) {
        IpAddress last() {
            return new IpAddress(network.high() | ~high(length), network.low() | ~low(length));
        }

        /// The prefix of the same length whose last bit differs.
        Prefix sibling() {
            long high = length <= 64 ? 1L << (64 - length) : 0;
            long low = length <= 64 ? 0 : 1L << (128 - length);
            return new Prefix(new IpAddress(network.high() ^ high, network.low() ^ low), length);
        }

        Prefix around(int shorter) {
            return new Prefix(new IpAddress(network.high() & high(shorter), network.low() & low(shorter)), shorter);
        }

        /// The longest prefix that holds both addresses.
        static Prefix of(IpAddress first, IpAddress last) {
            long high = first.high() ^ last.high();
            int length = high != 0
                    ? Long.numberOfLeadingZeros(high)
                    : 64 + Long.numberOfLeadingZeros(first.low() ^ last.low());
            return new Prefix(first, 128).around(length);
        }

        private static long high(int length) {
            return length >= 64 ? -1 : length == 0 ? 0 : -1L << (64 - length);
        }

        private static long low(int length) {
            return length <= 64 ? 0 : -1L << (128 - length);
        }
    }

    /// What of a prefix is in the set.
    private sealed interface Part {
        Prefix prefix();

        /// How many prefixes it takes to name what is in the set.
        int within();

        /// How many it takes to name what is not.
        int without();
    }

    /// Nothing or all of it. What no address of the family is in needs no name.
    private record Whole(Prefix prefix, boolean held, boolean hole) implements Part {
        @Override
        public int within() {
            return held ? 1 : 0;
        }

        @Override
        public int without() {
            return held || hole ? 0 : 1;
        }
    }

    /// Of the rest beside a core nothing or all.
    private record Around(Prefix prefix, Part core, boolean held, int within, int without) implements Part {
        static Around of(Prefix prefix, Part core, boolean held) {
            int rest = core.prefix().length() - prefix.length();
            return held
                    ? new Around(prefix, core, true, Math.min(1 + core.without(), core.within() + rest), core.without())
                    : new Around(prefix, core, false, core.within(), core.without() + rest);
        }

        boolean isNamedWhole() {
            return held && within < core.within() + core.prefix().length() - prefix.length();
        }
    }

    /// Some of both halves.
    private record Split(Prefix prefix, Part left, Part right, int within, int without) implements Part {
        static Split of(Prefix prefix, Part left, Part right) {
            int without = left.without() + right.without();
            return new Split(prefix, left, right, Math.min(1 + without, left.within() + right.within()), without);
        }

        boolean isNamedWhole() {
            return within < left.within() + right.within();
        }
    }

    private AddressCover(Ranges ranges, boolean v4) {
        this.ranges = ranges;
        this.v4 = v4;
    }

    /// Says both families together, at least one of which is not empty.
    static Cover<Peer> of(Ranges ranges4, Ranges ranges6) {
        AddressCover four = new AddressCover(ranges4, true);
        AddressCover six = new AddressCover(ranges6, false);
        Part all4 = four.part(ROOT4);
        Part all6 = six.part(ROOT6);
        if (1 + all4.without() + all6.without() < all4.within() + all6.within()) {
            four.leaveOut(all4);
            six.leaveOut(all6);
            return new Cover<>(List.of(new Peer.Any()), both(four.but, six.but));
        }
        four.name(all4);
        six.name(all6);
        return new Cover<>(both(four.in, six.in), both(four.but, six.but));
    }

    private static List<Peer> both(List<Cidr> four, List<Cidr> six) {
        return Stream.concat(four.stream().sorted(ORDER), six.stream().sorted(ORDER))
                .map(Peer.class::cast)
                .toList();
    }

    private Part part(Prefix prefix) {
        IpAddress first = prefix.network();
        IpAddress last = prefix.last();
        int from = ranges.firstUpTo(first);
        if (isHole(prefix) || from == ranges.size() || ranges.firsts().get(from).compareTo(last) > 0) {
            return new Whole(prefix, false, isHole(prefix));
        }
        int to = ranges.firstUpTo(last);
        to = to == ranges.size() || ranges.firsts().get(to).compareTo(last) > 0 ? to - 1 : to;
        IpAddress firstHeld = max(first, ranges.firsts().get(from));
        IpAddress lastHeld = min(last, ranges.lasts().get(to));
        if (from == to && firstHeld.equals(first) && lastHeld.equals(last)) {
            return new Whole(prefix, true, false);
        }
        Prefix held = Prefix.of(firstHeld, lastHeld);
        if (!held.equals(prefix)) {
            return Around.of(prefix, part(held), false);
        }
        IpAddress firstFree =
                firstHeld.equals(first) ? Ranges.next(ranges.lasts().get(from)) : first;
        IpAddress lastFree =
                lastHeld.equals(last) ? Ranges.previous(ranges.firsts().get(to)) : last;
        Prefix free = Prefix.of(firstFree, lastFree);
        if (!free.equals(prefix)) {
            return Around.of(prefix, part(free), true);
        }
        Prefix half = prefix.around(prefix.length() + 1);
        return Split.of(prefix, part(half), part(half.sibling()));
    }

    private void name(Part part) {
        switch (part) {
            case Whole whole -> {
                if (whole.held) {
                    add(in, whole.prefix);
                }
            }
            case Around around -> {
                if (around.isNamedWhole()) {
                    add(in, around.prefix);
                    leaveOut(around.core);
                } else {
                    if (around.held) {
                        addRest(in, around);
                    }
                    name(around.core);
                }
            }
            case Split split -> {
                if (split.isNamedWhole()) {
                    add(in, split.prefix);
                    leaveOut(split);
                } else {
                    name(split.left);
                    name(split.right);
                }
            }
        }
    }

    private void leaveOut(Part part) {
        switch (part) {
            case Whole whole -> {
                if (!whole.held) {
                    add(but, whole.prefix);
                }
            }
            case Around around -> {
                if (!around.held) {
                    addRest(but, around);
                }
                leaveOut(around.core);
            }
            case Split split -> {
                leaveOut(split.left);
                leaveOut(split.right);
            }
        }
    }

    private void addRest(List<Cidr> to, Around around) {
        for (int length = around.prefix.length() + 1;
                length <= around.core.prefix().length();
                length++) {
            add(to, around.core.prefix().around(length).sibling());
        }
    }

    private void add(List<Cidr> to, Prefix prefix) {
        if (!isHole(prefix)) {
            to.add(new Cidr(prefix.network(), prefix.length() - (v4 ? ROOT4.length() : 0)));
        }
    }

    /// Whether no address of the family is in the prefix: where IPv6 holds the addresses of IPv4.
    private boolean isHole(Prefix prefix) {
        return !v4 && prefix.length() >= ROOT4.length() && prefix.network().isV4();
    }

    private static IpAddress max(IpAddress a, IpAddress b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    private static IpAddress min(IpAddress a, IpAddress b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
