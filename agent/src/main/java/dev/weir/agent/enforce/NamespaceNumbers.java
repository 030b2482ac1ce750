// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.Limits;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// The numbers by which images, accounts and `weir_addresses` call the namespaces that devices lead to, from
/// 2: 1 is the host. An enforced device that leads to no namespace has one too, which no address is held by.
/// Whoever has a number keeps it while it lives. A number that became free is not given out before all that is
/// known by it is gone, [#release]: addresses, images and what was exchanged with it change one after the
/// other, and in between the newcomer would be taken for the one that left.
final class NamespaceNumbers {
    /// There are as many numbers as there can be endpoints.
    static final int MAX = Limits.MAX_NUMBER;

    private final Map<String, Integer> numbers = new HashMap<>();
    private final BitSet left = new BitSet();
    private boolean released; // an agent before may have died first

    /// Takes note of what an earlier agent gave out.
    void adopt(String namespace, int number) {
        numbers.put(namespace, number);
    }

    /// Takes note of a number that an earlier agent gave to a namespace of which the name is not known any more.
    void reserve(int number) {
        left.set(number);
    }

    /// Whether something may be known by a number that nobody has.
    boolean hasLeft() {
        return !released || !left.isEmpty();
    }

    /// Nothing is known any more by a number that nobody has.
    void release() {
        left.clear();
        released = true;
    }

    /// Who has each number.
    Map<Integer, String> names() {
        Map<Integer, String> names = new HashMap<>();
        numbers.forEach((name, number) -> names.put(number, name));
        return names;
    }

    /// The numbers of these and of no other; the last ones are left out when none is free.
    Map<String, Integer> assign(Collection<String> namespaces) {
        BitSet taken = new BitSet();
        taken.set(0, Limits.HOST_NUMBER + 1);
        numbers.values().forEach(taken::set);
        taken.or(left);
        Set<String> present = new HashSet<>(namespaces);
        numbers.forEach((name, number) -> left.set(number, left.get(number) || !present.contains(name)));
        numbers.keySet().retainAll(present);
        for (String namespace : namespaces) {
            if (!numbers.containsKey(namespace)) {
                int free = taken.nextClearBit(Limits.HOST_NUMBER + 1);
                if (free <= MAX) {
                    taken.set(free);
                    numbers.put(namespace, free);
                }
            }
        }
        return Map.copyOf(numbers);
    }
}
