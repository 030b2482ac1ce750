// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.Account;
import dev.weir.abi.Limits;
import dev.weir.bpf.MappedArray;
import java.util.BitSet;
import java.util.Collection;

/// Which numbers of namespaces somebody has, as the kernel knows it, so that nobody inherits what was
/// exchanged by and with the one who had a number before.
final class GivenNumbers {
    private final Kernel kernel;

    GivenNumbers(Kernel kernel) {
        this.kernel = kernel;
    }

    /// Somebody has these now, before anything is counted by them.
    void give(Collection<Integer> numbers) {
        numbers.forEach(number -> set(number, true));
    }

    /// Nobody has any but these, nor does an address lead to another: forgets what was exchanged by
    /// and with the rest. What others have exchanged with them stays theirs, under no name.
    void forgetAllBut(Collection<Integer> numbers) {
        BitSet given = new BitSet();
        numbers.forEach(given::set);
        for (int number = Limits.HOST_NUMBER + 1; number <= Limits.MAX_NUMBER; number++) {
            set(number, given.get(number));
        }
        kernel.forgetLeft();
    }

    private void set(int number, boolean given) {
        MappedArray accounts = kernel.maps().accounts();
        accounts.setInt(accounts.offset(number) + Account.GIVEN, given ? 1 : 0);
    }
}
