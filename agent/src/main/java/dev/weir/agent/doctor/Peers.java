// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.agent.doctor.HostState.Place;
import dev.weir.bpf.BpfException;
import dev.weir.bpf.DeviceLink;
import dev.weir.net.NetDevice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Finds the other ends of veths. Each end says the number of the other, and of the other's namespace as its own knows
/// it.
final class Peers {
    private record Ends(int ifindex, int peer) {}

    private final List<SpaceReader.Seen> seen;
    private final Map<Ends, List<Integer>> spaces = new HashMap<>();
    private final Set<Integer> gone = new HashSet<>(); // devices of the host, since they were seen

    /// @param seen the host's own namespace first
    Peers(List<SpaceReader.Seen> seen) {
        this.seen = List.copyOf(seen);
        for (int i = 0; i < seen.size(); i++) {
            for (NetDevice device : seen.get(i).devices().values()) {
                if (isVeth(device)) {
                    spaces.computeIfAbsent(new Ends(device.ifindex(), device.peerIfindex()), none -> new ArrayList<>())
                            .add(i);
                }
            }
        }
    }

    private static boolean isVeth(NetDevice device) {
        return device.kind().equals("veth");
    }

    private @Nullable Place peer(int space, NetDevice device) {
        if (!isVeth(device)) {
            return null;
        }
        for (int other : spaces.getOrDefault(new Ends(device.peerIfindex(), device.ifindex()), List.of())) {
            boolean same = device.peerNsid() < 0
                    ? other == space
                    : other != space
                            && seen.get(space)
                                            .netlink()
                                            .knownNsidOf(seen.get(other).namespace())
                                    == device.peerNsid();
            if (same) {
                return new Place(other, device.peerIfindex());
            }
        }
        return null;
    }

    /// The host's veths that lead into a namespace that was not seen.
    Set<Integer> orphans() {
        return seen.getFirst().devices().values().stream()
                .filter(device -> isVeth(device) && device.peerNsid() >= 0 && peer(0, device) == null)
                .map(NetDevice::ifindex)
                .collect(Collectors.toSet());
    }

    /// Those of these devices of the host that are there now.
    Set<Integer> stillThere(Set<Integer> orphans) {
        Set<Integer> there = new HashSet<>(orphans);
        there.retainAll(seen.getFirst().netlink().links().stream()
                .map(NetDevice::ifindex)
                .collect(Collectors.toSet()));
        return there;
    }

    /// Forgets all other orphans.
    void onlyThese(Set<Integer> orphans) {
        gone.addAll(orphans());
        gone.removeAll(orphans);
    }

    /// A namespace, with the other ends of its veths.
    Space space(int number, Optional<String> formerName) {
        SpaceReader.Seen from = seen.get(number);
        List<Port> ports = from.devices().values().stream()
                .filter(device -> number != 0 || !gone.contains(device.ifindex()))
                .map(device -> new Port(
                        device,
                        from.addresses().getOrDefault(device.ifindex(), List.of()),
                        peer(number, device),
                        from.forwarding().getOrDefault(device.ifindex(), true),
                        Optional.ofNullable(from.offloads().get(device.ifindex())),
                        xdpLink(device)))
                .toList();
        return new Space(
                from.reach(),
                from.namespace().inode(),
                Space.byIfindex(ports),
                from.routes(),
                from.rules(),
                from.wayOut(),
                from.forwards(),
                from.sourceNat(),
                formerName);
    }

    private static int xdpLink(NetDevice device) {
        if (device.xdpProgram() == 0) {
            return 0;
        }
        try {
            return DeviceLink.xdpLink(device.ifindex(), device.xdpProgram()).orElse(0);
        } catch (BpfException e) {
            return 0;
        }
    }
}
