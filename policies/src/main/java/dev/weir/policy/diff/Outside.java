// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.policy.Holder;
import dev.weir.policy.Peer;
import dev.weir.policy.compile.PolicySpace;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The outside of an endpoint in one direction, cut into pieces on which neither side's answers depend on the address
/// or on who holds it: kinds of addresses times kinds of holders.
final class Outside {
    /// Where IPv6 has no addresses, since these stand for IPv4.
    private static final IpAddress FIRST_V4 = IpAddress.ofV4(0);
    private static final IpAddress LAST_V4 = IpAddress.ofV4(-1);
    private static final IpAddress LAST_V6 = new IpAddress(-1, -1);

    /// What both sides call a piece.
    record Kind(long was, long now) {}

    /// Takes a range of addresses.
    private interface Taker {
        void take(IpAddress first, IpAddress last, Kind kind);
    }

    private final PolicySpace.Steps[] was;
    private final PolicySpace.Steps[] now;
    private final Map<Kind, Integer> numbers = new LinkedHashMap<>();
    private final Map<Kind, BitSet> holders = new LinkedHashMap<>();
    private final List<Kind> addresses;
    private final Map<Integer, List<Range>> ranges = new HashMap<>();

    /// @param place among all ranges
    private record Range(int place, IpAddress first, IpAddress last) {}

    Outside(PolicySpace was, PolicySpace now, Direction direction, Holders universe)
            throws PolicySpace.TooLargeException {
        this.was = new PolicySpace.Steps[] {was.steps(direction, true), was.steps(direction, false)};
        this.now = new PolicySpace.Steps[] {now.steps(direction, true), now.steps(direction, false)};
        cut((first, last, kind) -> numbers.computeIfAbsent(kind, _ -> numbers.size()));
        this.addresses = List.copyOf(numbers.keySet());
        for (int each = 0; each < universe.size(); each++) {
            Optional<Holder> holder = universe.holder(each);
            Kind kind = holder.isEmpty()
                    ? new Kind(PolicySpace.NOBODY, PolicySpace.NOBODY)
                    : new Kind(was.holder(direction, holder.get()), now.holder(direction, holder.get()));
            holders.computeIfAbsent(kind, _ -> new BitSet()).set(each);
        }
    }

    /// Kinds of addresses.
    List<Kind> addresses() {
        return addresses;
    }

    /// Kinds of holders, and the classes of each.
    Map<Kind, BitSet> holders() {
        return holders;
    }

    /// Looks for the addresses of some kinds, to say them later. Kinds may be many, and those that change few.
    void find(BitSet kinds) {
        int[] place = new int[1];
        cut((first, last, kind) -> {
            Integer number = numbers.get(kind);
            if (number != null && kinds.get(number)) {
                ranges.computeIfAbsent(number, _ -> new ArrayList<>()).add(new Range(place[0]++, first, last));
            }
        });
    }

    /// Says all addresses of some kinds, which were looked for.
    Cover<Peer> cover(List<Integer> kinds) {
        Ranges v4 = new Ranges();
        Ranges v6 = new Ranges();
        kinds.stream()
                .flatMap(kind -> ranges.getOrDefault(kind, List.of()).stream())
                .sorted(Comparator.comparingInt(Range::place))
                .forEach(range -> (range.first.isV4() ? v4 : v6).add(range.first, range.last));
        return AddressCover.of(v4, v6);
    }

    private void cut(Taker to) {
        cut(was[0], now[0], LAST_V4, to);
        cut(was[1], now[1], LAST_V6, to);
    }

    private static void cut(PolicySpace.Steps was, PolicySpace.Steps now, IpAddress end, Taker to) {
        int i = 0;
        int j = 0;
        while (i < was.size() && j < now.size()) {
            IpAddress first = max(was.first(i), now.first(j));
            IpAddress lastWas = i + 1 < was.size() ? Ranges.previous(was.first(i + 1)) : end;
            IpAddress lastNow = j + 1 < now.size() ? Ranges.previous(now.first(j + 1)) : end;
            int order = lastWas.compareTo(lastNow);
            IpAddress last = order <= 0 ? lastWas : lastNow;
            Kind kind = new Kind(was.number(i), now.number(j));
            if (end.isV4() || last.compareTo(FIRST_V4) < 0 || first.compareTo(LAST_V4) > 0) {
                to.take(first, last, kind);
            } else {
                if (first.compareTo(FIRST_V4) < 0) {
                    to.take(first, Ranges.previous(FIRST_V4), kind);
                }
                if (last.compareTo(LAST_V4) > 0) {
                    to.take(Ranges.next(LAST_V4), last, kind);
                }
            }
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
    }

    private static IpAddress max(IpAddress a, IpAddress b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
