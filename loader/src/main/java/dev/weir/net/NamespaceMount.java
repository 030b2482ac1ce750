// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.bpf.ffi.Namespaces;
import java.util.Optional;

/// What holds a name under `/run/netns` to its namespace. A mount never leads elsewhere, and its id is given to no
/// other for as long as the host runs; so while it is there, the namespace is the same, and lives.
///
/// @param name under `/run/netns`
/// @param id as in `stx_mnt_id` of statx(2)
public record NamespaceMount(String name, long id) {
    /// The one of this name. Empty where there is none: the name is gone, it is no mount of its own but a link to a
    /// file of `/proc`, say, or the kernel is older than Linux 6.8 and does not tell.
    public static Optional<NamespaceMount> of(String name) {
        long id = Namespaces.mount(NetworkNamespace.NAMES.resolve(name).toString());
        return id > 0 ? Optional.of(new NamespaceMount(name, id)) : Optional.empty();
    }

    /// Whether it is there still.
    public boolean isThere() {
        return of(name).equals(Optional.of(this));
    }

    /// Opens the namespace; empty where the mount is gone.
    ///
    /// @throws NetException if descriptors or memory run out
    public Optional<NetworkNamespace> open() {
        if (!(NetworkNamespace.named(name).orElse(null) instanceof NamedNamespace.Live live)) {
            return Optional.empty();
        }
        if (isThere()) { // so it was when the name was opened
            return Optional.of(live.namespace());
        }
        live.namespace().close();
        return Optional.empty();
    }
}
