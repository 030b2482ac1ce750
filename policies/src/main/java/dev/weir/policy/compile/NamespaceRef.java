// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

/// A namespace that may hold addresses.
///
/// @param number what the kernel's address map calls it, from 1 to [#MAX_NUMBER]; unlike the name, never used twice
public record NamespaceRef(int number, String name) {
    /// Bounds the table by namespace number in an image.
    public static final int MAX_NUMBER = (1 << 20) - 1;

    public NamespaceRef {
        if (number < 1 || number > MAX_NUMBER) {
            throw new IllegalArgumentException(
                    "namespace " + name + " has number " + number + ", not 1 to " + MAX_NUMBER);
        }
    }
}
