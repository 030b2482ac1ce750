// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.suggest;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowState;
import dev.weir.abi.IpAddress;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.EventView;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.SampleView;
import dev.weir.agent.view.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Blue at 10.10.0.3, with red at 10.10.0.2, green at 10.10.0.4, the host at 10.10.0.1 around it, and its flows.
final class Town {
    static final String DEVICE = "veth-blue";
    private static final IpAddress BLUE = IpAddress.parse("10.10.0.3");
    private final List<NamespaceView> namespaces = new ArrayList<>();
    private final List<Sighting> sightings = new ArrayList<>();

    Town() {
        namespace("blue", "10.10.0.3");
        namespace("red", "10.10.0.2");
        namespace("green", "10.10.0.4");
    }

    void namespace(String name, String... addresses) {
        namespaceBehind("veth-" + namespaces.size(), name, addresses);
    }

    void namespaceBehind(String device, String name, String... addresses) {
        List<IpAddress> held = List.of(addresses).stream().map(IpAddress::parse).toList();
        namespaces.add(new NamespaceView(
                name,
                NamespaceView.Kind.NAMED,
                namespaces.size() + 1L,
                1,
                0,
                List.of(device),
                held,
                List.of(),
                List.of(),
                0,
                0,
                0,
                0,
                0,
                0,
                List.of(),
                0,
                0,
                null));
    }

    /// A flow that `peer` opened to blue.
    Sighting ingress(String peer, String service) {
        return sighting(Direction.INGRESS, IpAddress.parse(peer), service);
    }

    /// A flow that blue opened to `peer`.
    Sighting egress(String peer, String service) {
        return sighting(Direction.EGRESS, IpAddress.parse(peer), service);
    }

    Sighting sighting(Direction direction, IpAddress peer, String service) {
        Sighting sighting = new Sighting(direction, peer, service, 40000 + sightings.size());
        sightings.add(sighting);
        return sighting;
    }

    /// What was seen so far.
    Observation observed() {
        Observation observation =
                new Observation(new Neighbours(namespaces, Map.of("", Set.of(IpAddress.parse("10.10.0.1")))));
        sightings.forEach(sighting -> observation.flow(sighting.view()));
        return observation;
    }

    /// A SYN from 198.51.100.9 that a policy denied.
    EventView denied(int port) {
        return EventView.of(
                port,
                SampleView.APPLIED,
                0,
                new EventView.Packet(
                        "blue",
                        DEVICE,
                        Direction.INGRESS,
                        Verdict.DENY,
                        DropReason.POLICY,
                        "web",
                        "default",
                        Direction.INGRESS,
                        null,
                        0,
                        "tcp",
                        "tcp/" + port,
                        BLUE,
                        port,
                        IpAddress.parse("198.51.100.9"),
                        40000,
                        "SYN",
                        1,
                        74,
                        3));
    }

    /// One flow, to be told more about.
    static final class Sighting {
        private final Direction direction;
        private final IpAddress peer;
        private final String service;
        private final int port;
        private Verdict verdict = Verdict.ALLOW;
        private long bytes = 1000;
        private long handshake = 350;
        private boolean answered = true;

        private Sighting(Direction direction, IpAddress peer, String service, int port) {
            this.direction = direction;
            this.peer = peer;
            this.service = service;
            this.port = port;
        }

        Sighting verdict(Verdict other) {
            verdict = other;
            return this;
        }

        Sighting bytes(long other) {
            bytes = other;
            return this;
        }

        Sighting handshake(long micros) {
            handshake = micros;
            return this;
        }

        Sighting answered(boolean other) {
            answered = other;
            return this;
        }

        private FlowView view() {
            String[] words = service.split("/", -1);
            boolean ported = words[0].equals("tcp") || words[0].equals("udp");
            int own = ported ? Integer.parseInt(words[1]) : 0;
            boolean out = direction == Direction.EGRESS;
            return new FlowView(
                    "blue",
                    DEVICE,
                    direction,
                    words[0].equals("proto") ? service : words[0],
                    BLUE,
                    out ? port : own,
                    peer,
                    out ? own : port,
                    service,
                    verdict,
                    "web",
                    "#1",
                    out || answered ? 5 : 0,
                    !out || answered ? 5 : 0,
                    bytes,
                    0,
                    SampleView.APPLIED.plusSeconds(port - 40000L),
                    SampleView.APPLIED.plusSeconds(port - 39990L),
                    10,
                    answered ? FlowState.ESTABLISHED : FlowState.NEW,
                    words[0].equals("tcp") ? handshake : 0);
        }
    }
}
