// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.Limits;
import dev.weir.policy.Holder;

/// Somebody who may hold addresses.
///
/// @param number what the kernel's address map calls the holder, from 1 to [#MAX_NUMBER]; unlike a name, never used
///     twice. [Limits#HOST_NUMBER] is the vantage itself and nobody else
public record HolderRef(int number, Holder holder) {
    /// Bounds the table by holder in an image.
    public static final int MAX_NUMBER = (1 << 20) - 1;

    /// The vantage itself.
    public static final HolderRef HOST = new HolderRef(Limits.HOST_NUMBER, new Holder.Host());

    public HolderRef {
        if (number < 1 || number > MAX_NUMBER || holder instanceof Holder.Host != (number == Limits.HOST_NUMBER)) {
            throw new IllegalArgumentException(holder + " has number " + number + ", not one of 1 to " + MAX_NUMBER
                    + " of which " + Limits.HOST_NUMBER + " is the host's");
        }
    }
}
