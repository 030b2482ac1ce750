// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import dev.weir.bpf.BpfException;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import dev.weir.bpf.DeviceLinkInfo;
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

/// The links of a running agent, each pinned, so that it outlives the agent, and held open, so that it outlives its
/// pin. Whether one is still attached is asked of the device, not of the link: a link follows its device into another
/// network namespace, and another device may have its number by now. For one thread, in the network namespace of the
/// devices.
public final class HeldLinks implements AutoCloseable {
    private static final List<DeviceHook> TCX = List.of(DeviceHook.TCX_INGRESS, DeviceHook.TCX_EGRESS);

    private final PinPaths pins;
    private final Map<Place, Held> links = new HashMap<>();
    private final List<Seen> lost = new ArrayList<>();

    /// Opens every link that an earlier agent left pinned.
    public HeldLinks(PinPaths pins) {
        this.pins = pins;
        for (Links.Pin pin : new Links(pins).list()) {
            links.put(new Place(pin.ifindex(), pin.hook()), Held.of(DeviceLink.openPinned(pin.path())));
        }
    }

    private record Place(int ifindex, DeviceHook hook) {}

    private record Held(DeviceLink link, int id) {
        static Held of(DeviceLink link) {
            return new Held(link, link.info().linkId());
        }
    }

    /// A hook that should carry a link, and what its device shows.
    ///
    /// @param linkId of the link
    /// @param chain of the hook, in the order of packets; for XDP only the link itself, where it is still attached
    public record Seen(int ifindex, DeviceHook hook, int linkId, List<TcxAttachment> chain) {
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
        List<Seen> seen = new ArrayList<>();
        links.forEach((place, held) ->
                chain(place, held).ifPresent(chain -> seen.add(new Seen(place.ifindex, place.hook, held.id, chain))));
        return seen;
    }

    private static Optional<List<TcxAttachment>> chain(Place place, Held held) {
        if (place.hook != DeviceHook.XDP) {
            return TcxAttachment.chain(place.ifindex, place.hook);
        }
        DeviceLinkInfo info = held.link.info();
        return Optional.of(
                info.ifindex() == place.ifindex ? List.of(new TcxAttachment(info.programId(), held.id)) : List.of());
    }

    /// Which devices carry programs now.
    public Attachments attachments() {
        return attachments(look());
    }

    /// What `seen` says about devices.
    public static Attachments attachments(List<Seen> seen) {
        Map<DeviceHook, Set<Integer>> on = new HashMap<>();
        for (DeviceHook hook : DeviceHook.values()) {
            on.put(hook, new HashSet<>());
        }
        seen.stream()
                .filter(each -> each.position() >= 0)
                .forEach(each -> on.getOrDefault(each.hook, Set.of()).add(each.ifindex));
        Set<Integer> both = on.getOrDefault(DeviceHook.TCX_INGRESS, Set.of());
        both.retainAll(on.getOrDefault(DeviceHook.TCX_EGRESS, Set.of()));
        return new Attachments(both, on.getOrDefault(DeviceHook.XDP, Set.of()));
    }

    /// Ends every link whose device is gone from here or does not carry it any more. One in front stays for as long as
    /// there is one behind it.
    ///
    /// @return the devices with a live link on both TCX hooks
    public Set<Integer> sweep() {
        List<Seen> seen = look();
        Set<Place> live = new HashSet<>();
        seen.stream()
                .filter(each -> each.hook != DeviceHook.XDP && each.position() >= 0)
                .forEach(each -> {
                    live.add(new Place(each.ifindex, each.hook));
                    live.add(new Place(each.ifindex, DeviceHook.XDP));
                });
        seen.stream()
                .filter(each -> !live.contains(new Place(each.ifindex, each.hook)))
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

    /// Puts `program` on a hook: into the link that is there, or into a new one. A new one that cannot be pinned now is
    /// held all the same.
    public void attach(BpfProgram program, DeviceHook hook, int ifindex) {
        Place place = new Place(ifindex, hook);
        Held held = links.get(place);
        if (held != null) {
            List<TcxAttachment> chain = chain(place, held).orElse(List.of());
            if (new Seen(ifindex, hook, held.id, chain).position() >= 0) {
                held.link.update(program);
                return;
            }
            end(place);
        }
        Path path = pins.link(hook, ifindex);
        unpin(path);
        DeviceLink link = DeviceLink.attach(program, ifindex, hook);
        links.put(place, Held.of(link));
        try {
            link.pin(path);
        } catch (BpfException e) {
            // what cannot be pinned is enforced all the same: PinKeeper, which tries again, tells
        }
    }

    /// Takes the programs off all hooks of a device; the one in front goes first.
    public void detach(int ifindex) {
        detach(DeviceHook.XDP, ifindex);
        TCX.reversed().forEach(hook -> detach(hook, ifindex));
    }

    /// Takes the program off one hook of a device, if there is one.
    public void detach(DeviceHook hook, int ifindex) {
        end(new Place(ifindex, hook));
    }

    /// Pins again what is not pinned.
    ///
    /// @param present names in the directory of links
    /// @return the names of those that were missing
    List<String> restore(Set<String> present) {
        List<String> missing = new ArrayList<>();
        links.forEach((place, held) -> {
            Path path = pins.link(place.hook, place.ifindex);
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
            unpin(pins.link(place.hook, place.ifindex));
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
