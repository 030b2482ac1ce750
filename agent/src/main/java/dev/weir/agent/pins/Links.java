// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import dev.weir.bpf.BpfException;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.TcxHook;
import dev.weir.bpf.TcxLink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The pinned TCX links. Nothing is held open: the pins are what keeps programs attached, so they are the truth.
public final class Links {
    private static final Pattern NAME = Pattern.compile("(in|eg)-([1-9][0-9]{0,9})");

    private final PinPaths pins;

    public Links(PinPaths pins) {
        this.pins = pins;
    }

    /// A pin.
    ///
    /// @param ifindex that its name tells
    /// @param live whether the device is still there
    public record Pin(Path path, TcxHook hook, int ifindex, boolean live) {}

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
                    TcxHook hook = name.group(1).equals("in") ? TcxHook.INGRESS : TcxHook.EGRESS;
                    int ifindex = Integer.parseUnsignedInt(name.group(2));
                    try (TcxLink link = TcxLink.openPinned(path)) {
                        found.add(new Pin(path, hook, ifindex, link.info().ifindex() == ifindex));
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

    /// The devices with a live link on both hooks. It changes nothing, so that whoever only looks may ask.
    public Set<Integer> attached() {
        return attached(list());
    }

    /// As [#attached()], and removes the pins of links that have ended. For the one who also makes links: between a
    /// look and a removal by anybody else, a new link may have been pinned in the place of the old one.
    public Set<Integer> sweep() {
        List<Pin> pins = list();
        pins.stream().filter(pin -> !pin.live()).forEach(pin -> unpin(pin.path()));
        return attached(pins);
    }

    private static Set<Integer> attached(List<Pin> pins) {
        Map<Integer, Set<TcxHook>> hooks = new HashMap<>();
        for (Pin pin : pins) {
            if (pin.live()) {
                hooks.computeIfAbsent(pin.ifindex(), ifindex -> new HashSet<>()).add(pin.hook());
            }
        }
        hooks.values().removeIf(both -> both.size() < 2);
        return hooks.keySet();
    }

    /// Puts `program` on a hook: into the link that is there, or into a new one.
    public void attach(BpfProgram program, TcxHook hook, int ifindex) {
        Path path = pins.link(hook, ifindex);
        if (Files.exists(path)) {
            try (TcxLink link = TcxLink.openPinned(path)) {
                if (link.info().ifindex() == ifindex) {
                    link.update(program);
                    return;
                }
            }
            unpin(path);
        }
        try (TcxLink link = TcxLink.attach(program, ifindex, hook)) {
            link.pin(path);
        }
    }

    /// Takes the programs off both hooks of a device, whether or not it is still there.
    public void detach(int ifindex) {
        for (TcxHook hook : TcxHook.values()) {
            detach(pins.link(hook, ifindex));
        }
    }

    /// Ends the link pinned at `path`, if there is one.
    public static void detach(Path path) {
        if (Files.exists(path)) {
            try (TcxLink link = TcxLink.openPinned(path)) {
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
