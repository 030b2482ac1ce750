// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.agent.doctor.HostState.Place;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.net.Offloads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Settings of devices that cost throughput. Through two veths of one host, TCP was measured at 0.24 of its
/// rate with XDP on them, and at 0.3 to 0.4 without segmentation offload; receive offload makes no difference
/// there, but does on the device that the world is behind.
final class Throughput {
    private Throughput() {}

    static List<Finding> find(HostState host) {
        List<Finding> found = new ArrayList<>();
        for (int space = 0; space < host.spaces().size(); space++) {
            int number = space;
            host.spaces().get(space).ports().values().stream()
                    .map(port -> new Place(number, port.ifindex()))
                    .sorted(Wires.ORDER)
                    .filter(place -> host.port(place).isVeth())
                    .forEach(place -> veth(host, place).ifPresent(found::add));
        }
        uplinks(host).flatMap(port -> uplink(host, port).stream()).forEach(found::add);
        return found;
    }

    private static Optional<Finding> veth(HostState host, Place place) {
        Port port = host.port(place);
        Space space = host.space(place);
        boolean xdp = port.device().xdpProgram() != 0;
        if (xdp) {
            return Optional.of(Finding.warning(
                    Pitfall.XDP_ON_VETH,
                    "device " + VethStates.called(host, place),
                    "XDP program %d is on this veth".formatted(port.device().xdpProgram()),
                    "the other end cuts its TCP streams into packets itself, at about a quarter of the rate; on a veth, XDP is no faster at dropping either",
                    withoutXdp(host.weir(), space, port)));
        }
        boolean cut = port.offloads().filter(each -> !each.segmentation()).isPresent();
        boolean byXdp = port.peer() != null && host.port(port.peer()).device().xdpProgram() != 0;
        return cut && !byXdp
                ? Optional.of(Finding.warning(
                        Pitfall.SEGMENTATION_OFF,
                        "device " + VethStates.called(host, place),
                        "it does not take TCP in pieces larger than a packet",
                        "streams through this veth are cut into packets by the processor, at less than half of the rate",
                        space.run("ethtool -K " + Quoted.of(port.name()) + " tx on sg on tso on")))
                : Optional.empty();
    }

    private static String withoutXdp(Weir weir, Space space, Port port) {
        if (weir.ownLinks().contains(port.xdpLink()) && weir.configFile().isPresent()) {
            String file = Quoted.of(weir.configFile().get());
            return "sed -i 's/^hook:.*/hook: tcx/' %s && %s".formatted(file, weir.restart());
        }
        return port.xdpLink() != 0
                ? "bpftool link detach id " + port.xdpLink()
                : space.ip("link set dev " + Quoted.of(port.name()) + " xdp off");
    }

    /// The devices that the host's ways to the world lead by, or those behind their bridges; not those that are made
    /// here.
    private static Stream<Port> uplinks(HostState host) {
        Space space = host.host();
        return space.wayOut().keySet().stream()
                .flatMap(family -> space.portOut(family).stream())
                .flatMap(port -> port.isBridge()
                        ? space.ports().values().stream()
                                .filter(each -> each.device().masterIfindex() == port.ifindex())
                        : Stream.of(port))
                .filter(port -> !port.isVeth() && port.device().isEthernet())
                .distinct();
    }

    private static Optional<Finding> uplink(HostState host, Port port) {
        Optional<Offloads> off = port.offloads().filter(each -> !each.receive());
        return off.map(each -> Finding.warning(
                Pitfall.RECEIVE_OFFLOAD_OFF,
                "device " + port.name() + " of the host",
                "what comes in from the world is not put together again (GRO)",
                "each packet of a stream goes through the host, its bridges and veths, and Weir, on its own",
                host.host().run("ethtool -K " + Quoted.of(port.name()) + " gro on")));
    }
}
