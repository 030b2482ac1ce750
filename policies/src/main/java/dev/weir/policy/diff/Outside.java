// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.policy.Holder;
import dev.weir.policy.Peer;
import dev.weir.policy.compile.PolicySpace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
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

    private final List<IpAddress> firsts = new ArrayList<>();
    private final List<IpAddress> lasts = new ArrayList<>();
    private final List<Integer> kindOf = new ArrayList<>();
    private final Map<Kind, Integer> numbers = new LinkedHashMap<>();
    private final Map<Kind, BitSet> holders = new LinkedHashMap<>();
    private final List<Kind> addresses;
    private final int[][] rangesOf;

    Outside(PolicySpace was, PolicySpace now, Direction direction, Holders universe)
            throws PolicySpace.TooLargeException {
        cut(was.steps(direction, true), now.steps(direction, true), LAST_V4);
        cut(was.steps(direction, false), now.steps(direction, false), LAST_V6);
        this.addresses = List.copyOf(numbers.keySet());
        this.rangesOf = byKind();
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

    /// Says all addresses of some kinds.
    Cover<Peer> cover(List<Integer> kinds) {
        int[] ranges = kinds.stream()
                .flatMapToInt(kind -> Arrays.stream(rangesOf[kind]))
                .sorted()
                .toArray();
        Ranges v4 = new Ranges();
        Ranges v6 = new Ranges();
        for (int range : ranges) {
            (firsts.get(range).isV4() ? v4 : v6).add(firsts.get(range), lasts.get(range));
        }
        return AddressCover.of(v4, v6);
    }

    private void cut(PolicySpace.Steps was, PolicySpace.Steps now, IpAddress end) {
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
                add(first, last, kind);
            } else {
                if (first.compareTo(FIRST_V4) < 0) {
                    add(first, Ranges.previous(FIRST_V4), kind);
                }
                if (last.compareTo(LAST_V4) > 0) {
                    add(Ranges.next(LAST_V4), last, kind);
                }
            }
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
    }

    private void add(IpAddress first, IpAddress last, Kind kind) {
        firsts.add(first);
        lasts.add(last);
        kindOf.add(numbers.computeIfAbsent(kind, _ -> numbers.size()));
    }

    private int[][] byKind() {
        int[] sizes = new int[numbers.size()];
        kindOf.forEach(kind -> sizes[kind]++);
        int[][] ranges = new int[sizes.length][];
        Arrays.setAll(ranges, kind -> new int[sizes[kind]]);
        for (int range = kindOf.size() - 1; range >= 0; range--) {
            int kind = kindOf.get(range);
            ranges[kind][--sizes[kind]] = range;
        }
        return ranges;
    }

    private static IpAddress max(IpAddress a, IpAddress b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
