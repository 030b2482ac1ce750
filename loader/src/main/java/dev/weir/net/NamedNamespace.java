// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

/// What stands under a name in `/run/netns`.
public sealed interface NamedNamespace {
    String name();

    /// A namespace, open: whoever got this closes it.
    record Live(String name, NetworkNamespace namespace) implements NamedNamespace {}

    /// A file that is no namespace: a leftover, or one that `ip netns` is just making or deleting.
    ///
    /// @param reason a sentence that names the file
    record Stale(String name, String reason) implements NamedNamespace {}
}
