// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import dev.weir.abi.DeviceKey;
import dev.weir.agent.netns.Vantages;
import dev.weir.bpf.BpfException;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import dev.weir.bpf.DeviceLinkInfo;
import dev.weir.bpf.Errno;
import dev.weir.bpf.TcxAttachment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The links of a running agent, each pinned, so that it outlives the agent, and held open, so that it outlives its
/// pin. Whether one is still attached is asked of the device, not of the link: a link follows its device into
/// another network namespace, and another device may have its number by now. Only in a vantage that cannot be
/// entered any more, because it lost its name, there is nobody else to ask than the link. For one thread, in the
/// host's namespace.
public final class HeldLinks implements AutoCloseable {
    private static final List<DeviceHook> TCX = List.of(DeviceHook.TCX_INGRESS, DeviceHook.TCX_EGRESS);

    private final PinPaths pins;
    private final Vantages vantages;
    private final Map<Place, Held> links = new HashMap<>();
    private final List<Seen> lost = new ArrayList<>();

    /// Opens every link that an earlier agent left pinned.
    ///
    /// @param vantages in which the devices are
    public HeldLinks(PinPaths pins, Vantages vantages) {
        this.pins = pins;
        this.vantages = vantages;
        for (Links.Pin pin : new Links(pins).list()) {
            links.put(new Place(pin.device(), pin.hook()), Held.of(DeviceLink.openPinned(pin.path())));
        }
    }

    private record Place(DeviceKey device, DeviceHook hook) {}

    private record Held(DeviceLink link, int id) {
        static Held of(DeviceLink link) {
            return new Held(link, link.info().linkId());
        }
    }

    /// A hook that should carry a link, and what its device shows.
    ///
    /// @param linkId of the link
    /// @param chain of the hook, in the order of packets; for XDP only the link itself, where it is still attached
    public record Seen(DeviceKey device, DeviceHook hook, int linkId, List<TcxAttachment> chain) {
        public Seen {
            chain = List.copyOf(chain);
        }

        /// Where in the chain the link is; -1 where it is not.
        public int position() {
            return chain.stream().map(TcxAttachment::linkId).toList().indexOf(linkId);
        }
    }

    /// Asks every device that should carry links; one that is not there is left out.
    public List<Seen> look() {
        Map<Integer, List<Place>> byVantage =
                links.keySet().stream().collect(Collectors.groupingBy(place -> place.device.vantage()));
        List<Seen> seen = new ArrayList<>();
        byVantage.forEach((vantage, places) -> {
            if (vantages.isThere(vantage)) {
                seen.addAll(vantages.in(vantage, () -> look(places, true)));
            } else {
                seen.addAll(look(places, false));
            }
        });
        return seen;
    }

    private List<Seen> look(List<Place> places, boolean inside) {
        List<Seen> seen = new ArrayList<>();
        for (Place place : places) {
            Held held = links.get(place);
            if (held != null) {
                chain(place, held, inside)
                        .ifPresent(chain -> seen.add(new Seen(place.device, place.hook, held.id, chain)));
            }
        }
        return seen;
    }

    /// @param inside whether this is called in the namespace of the device
    private static Optional<List<TcxAttachment>> chain(Place place, Held held, boolean inside) {
        if (inside && place.hook != DeviceHook.XDP) {
            return TcxAttachment.chain(place.device.ifindex(), place.hook);
        }
        DeviceLinkInfo info = held.link.info();
        return Optional.of(
                info.ifindex() == place.device.ifindex()
                        ? List.of(new TcxAttachment(info.programId(), held.id))
                        : List.of());
    }

    /// Which devices carry programs now.
    public Attachments attachments() {
        return attachments(look());
    }

    /// What `seen` says about devices.
    public static Attachments attachments(List<Seen> seen) {
        Map<DeviceHook, Set<DeviceKey>> on = new HashMap<>();
        for (DeviceHook hook : DeviceHook.values()) {
            on.put(hook, new HashSet<>());
        }
        seen.stream()
                .filter(each -> each.position() >= 0)
                .forEach(each -> on.getOrDefault(each.hook, Set.of()).add(each.device));
        Set<DeviceKey> both = on.getOrDefault(DeviceHook.TCX_INGRESS, Set.of());
        both.retainAll(on.getOrDefault(DeviceHook.TCX_EGRESS, Set.of()));
        return new Attachments(both, on.getOrDefault(DeviceHook.XDP, Set.of()));
    }

    /// Ends every link whose device is gone from here or does not carry it any more. One in front stays for as long
    /// as there is one behind it.
    ///
    /// @return the devices with a live link on both TCX hooks
    public Set<DeviceKey> sweep() {
        List<Seen> seen = look();
        Set<Place> live = new HashSet<>();
        seen.stream()
                .filter(each -> each.hook != DeviceHook.XDP && each.position() >= 0)
                .forEach(each -> {
                    live.add(new Place(each.device, each.hook));
                    live.add(new Place(each.device, DeviceHook.XDP));
                });
        seen.stream()
                .filter(each -> !live.contains(new Place(each.device, each.hook)))
                .forEach(lost::add);
        links.keySet().stream().filter(place -> !live.contains(place)).toList().forEach(this::end);
        return attachments(seen).tcx();
    }

    /// The hooks that a [#sweep()] found without their link though their device was there, each once: whoever else
    /// has taken it off, it was none of the agent.
    public List<Seen> takeLost() {
        List<Seen> taken = List.copyOf(lost);
        lost.clear();
        return taken;
    }

    /// Puts `program` on a hook: into the link that is there, or into a new one. A new one that cannot be pinned
    /// now is held all the same.
    ///
    /// @throws Vantages.GoneException when there is no link, and the device's vantage cannot be entered any more
    public void attach(BpfProgram program, DeviceHook hook, DeviceKey device) {
        Place place = new Place(device, hook);
        Held held = links.get(place);
        if (held != null) {
            if (isThere(place)) {
                held.link.update(program);
                return;
            }
            end(place);
        }
        DeviceLink link = vantages.in(device.vantage(), () -> DeviceLink.attach(program, device.ifindex(), hook));
        links.put(place, Held.of(link));
        try {
            pin(link, pins.link(hook, device));
        } catch (BpfException e) {
            // what cannot be pinned is enforced all the same: PinKeeper, which tries again, tells
        }
    }

    /// Pins a link in the place of whatever else is pinned there.
    private static void pin(DeviceLink link, Path path) {
        try {
            link.pin(path);
        } catch (BpfException.Failed e) {
            if (e.errno().number() != Errno.EEXIST) {
                throw e;
            }
            unpin(path);
            link.pin(path);
        }
    }

    private boolean isThere(Place place) {
        int vantage = place.device.vantage();
        List<Seen> seen = vantages.isThere(vantage)
                ? vantages.in(vantage, () -> look(List.of(place), true))
                : look(List.of(place), false);
        return seen.stream().anyMatch(each -> each.position() >= 0);
    }

    /// Takes a program that is not held off a hook.
    public void remove(DeviceKey device, DeviceHook hook, TcxAttachment attachment) {
        vantages.in(device.vantage(), () -> {
            attachment.remove(device.ifindex(), hook);
            return attachment;
        });
    }

    /// Takes the programs off all hooks of a device; the one in front goes first.
    public void detach(DeviceKey device) {
        detach(DeviceHook.XDP, device);
        TCX.reversed().forEach(hook -> detach(hook, device));
    }

    /// Takes the program off one hook of a device, if there is one.
    public void detach(DeviceHook hook, DeviceKey device) {
        end(new Place(device, hook));
    }

    /// Pins again what is not pinned.
    ///
    /// @param present names in the directory of links
    /// @return the names of those that were missing
    List<String> restore(Set<String> present) {
        List<String> missing = new ArrayList<>();
        links.forEach((place, held) -> {
            Path path = pins.link(place.hook, place.device);
            if (!present.contains(path.getFileName().toString())) {
                held.link.pin(path);
                missing.add(pins.root().relativize(path).toString());
            }
        });
        return missing;
    }

    private void end(Place place) {
        Held held = links.remove(place);
        if (held != null) {
            try (DeviceLink link = held.link) {
                link.detach();
            }
            unpin(pins.link(place.hook, place.device));
        }
    }

    private static void unpin(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException("remove the pin " + path, e);
        }
    }

    /// Lets go of all; what is pinned stays attached.
    @Override
    public void close() {
        links.values().forEach(held -> held.link.close());
        links.clear();
    }
}
