// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import dev.weir.abi.DeviceKey;
import dev.weir.bpf.BpfException;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The pinned links, for whoever only looks at them, or takes all of them away: [HeldLinks] are those of an agent.
public final class Links {
    private static final Pattern NAME = Pattern.compile("(in-|eg-|xdp-)(?:([1-9][0-9]?)-)?([1-9][0-9]{0,9})");

    private final PinPaths pins;

    public Links(PinPaths pins) {
        this.pins = pins;
    }

    /// A pin.
    ///
    /// @param device that its name tells
    /// @param live whether the device is still there
    public record Pin(Path path, DeviceHook hook, DeviceKey device, boolean live) {}

    /// All pins, dead ones too.
    public List<Pin> list() {
        if (!Files.isDirectory(pins.links())) {
            return List.of();
        }
        List<Pin> found = new ArrayList<>();
        try (Stream<Path> paths = Files.list(pins.links())) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                Matcher name = NAME.matcher(path.getFileName().toString());
                if (name.matches()) {
                    DeviceHook hook = PinPaths.hook(name.group(1));
                    int vantage = name.group(2) == null ? DeviceKey.HOST : Integer.parseInt(name.group(2));
                    DeviceKey device = new DeviceKey(Integer.parseUnsignedInt(name.group(3)), vantage);
                    try (DeviceLink link = DeviceLink.openPinned(path)) {
                        found.add(new Pin(path, hook, device, link.info().ifindex() == device.ifindex()));
                    } catch (BpfException e) {
                        if (Files.exists(path)) {
                            throw e;
                        } // else it was removed while we looked
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("list the links pinned in " + pins.links(), e);
        }
        return found;
    }

    /// Which devices carry programs, as the pins tell.
    public Attachments attachments() {
        List<Pin> pins = list();
        Set<DeviceKey> both = attached(pins, DeviceHook.TCX_INGRESS);
        both.retainAll(attached(pins, DeviceHook.TCX_EGRESS));
        return new Attachments(both, attached(pins, DeviceHook.XDP));
    }

    private static Set<DeviceKey> attached(List<Pin> pins, DeviceHook hook) {
        Set<DeviceKey> found = new HashSet<>();
        for (Pin pin : pins) {
            if (pin.live() && pin.hook() == hook) {
                found.add(pin.device());
            }
        }
        return found;
    }

    /// Ends the link pinned at `path`, if there is one.
    public static void detach(Path path) {
        if (Files.exists(path)) {
            try (DeviceLink link = DeviceLink.openPinned(path)) {
                link.detach();
            }
            unpin(path);
        }
    }

    private static void unpin(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException("remove the pin " + path, e);
        }
    }
}
