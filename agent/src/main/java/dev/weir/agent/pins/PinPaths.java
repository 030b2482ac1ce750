// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import dev.weir.abi.DeviceKey;
import dev.weir.bpf.DeviceHook;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// Where things are pinned: `maps/NAME`, `links/in-IFINDEX`, `links/eg-IFINDEX` and `links/xdp-IFINDEX` under one
/// directory of Weir's own; a device of another vantage than the host's has the vantage's number in front, as in
/// `links/in-1-7`. The kernel allows no dot in these names.
///
/// @param root the directory, such as `/sys/fs/bpf/weir`
/// @param maps that of the maps
public record PinPaths(Path root, Path maps) {
    public PinPaths(Path root) {
        this(root, root.resolve("maps"));
    }

    /// As these, but for maps that are to take the place of others, and stand beside them until they do.
    public PinPaths next() {
        return new PinPaths(root, root.resolve("maps-next"));
    }

    public Path links() {
        return root.resolve("links");
    }

    public Path map(String name) {
        return maps().resolve(name);
    }

    public Path link(DeviceHook hook, DeviceKey device) {
        String vantage = device.vantage() == DeviceKey.HOST ? "" : device.vantage() + "-";
        return links().resolve(prefix(hook) + vantage + device.ifindex());
    }

    /// The map without which the others are leftovers, of a start or a detach that was cut off.
    public Path state() {
        return map(WeirMaps.STATE);
    }

    /// Whether an agent has left its maps here.
    public boolean exist() {
        return Files.exists(state());
    }

    /// What the names of pins of a hook begin with, before the number of the device.
    static String prefix(DeviceHook hook) {
        return switch (hook) {
            case TCX_INGRESS -> "in-";
            case TCX_EGRESS -> "eg-";
            case XDP -> "xdp-";
        };
    }

    /// The hook whose pins begin with `prefix`.
    static DeviceHook hook(String prefix) {
        return Stream.of(DeviceHook.values())
                .filter(hook -> prefix(hook).equals(prefix))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("no pin of a link begins with " + prefix));
    }
}
