// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import dev.weir.bpf.TcxHook;
import java.nio.file.Files;
import java.nio.file.Path;

/// Where things are pinned: `maps/NAME`, `links/in-IFINDEX` and `links/eg-IFINDEX` under one directory of Weir's own.
/// The kernel allows no dot in these names.
///
/// @param root the directory, such as `/sys/fs/bpf/weir`
public record PinPaths(Path root) {
    public Path maps() {
        return root.resolve("maps");
    }

    public Path links() {
        return root.resolve("links");
    }

    public Path map(String name) {
        return maps().resolve(name);
    }

    public Path link(TcxHook hook, int ifindex) {
        return links().resolve(prefix(hook) + ifindex);
    }

    /// Whether an agent has left its maps here.
    public boolean exist() {
        return Files.exists(map(WeirMaps.STATE));
    }

    static String prefix(TcxHook hook) {
        return hook == TcxHook.INGRESS ? "in-" : "eg-";
    }
}
