// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.suggest;

import dev.weir.abi.IpAddress;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.EventView;
import dev.weir.agent.view.FlowView;
import dev.weir.policy.Cidr;
import dev.weir.policy.Peer;
import dev.weir.policy.yaml.ExactService;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What was seen of one namespace. Holds what differs, not what was told: as many openings as the namespace has flows
/// at most. One thread tells it everything, then asks.
public final class Observation {
    private static final Comparator<Opening> ORDER = Comparator.comparing(Opening::direction)
            .thenComparing(opening -> address(opening.peer())) // 0 of IPv6: none
            .thenComparing(opening -> opening.peer().toString())
            .thenComparingInt(opening -> opening.service().protocol())
            .thenComparingInt(opening -> opening.service().port());

    private static final IpAddress NONE = new IpAddress(0, 0);

    private final Neighbours neighbours;
    private final SortedMap<Opening, Evidence> passed = new TreeMap<>(ORDER);
    private final SortedMap<Opening, Long> denied = new TreeMap<>(ORDER);
    private long flows;

    public Observation(Neighbours neighbours) {
        this.neighbours = neighbours;
    }

    /// Takes note of a flow: of one that passes as to be allowed, of another as not.
    public void flow(FlowView flow) {
        Opening opening = new Opening(
                flow.direction(),
                neighbours.peer(flow.device(), flow.outsideAddress()),
                ExactService.parse(flow.service()));
        if (flow.verdict().passes()) {
            flows++;
            passed.merge(opening, Evidence.of(flow), Evidence::plus);
        } else {
            denied.merge(opening, flow.packets(), Long::sum);
        }
    }

    /// Takes note of a packet that a policy dropped; what dropped for another reason no policy would let pass.
    public void event(EventView event) {
        EventView.Packet packet = event.packet();
        if (packet == null
                || packet.reason() != DropReason.POLICY
                || packet.service() == null
                || packet.outsideAddress() == null) {
            return;
        }
        Opening opening = new Opening(
                packet.opener(),
                neighbours.peer(packet.device(), packet.outsideAddress()),
                ExactService.parse(packet.service()));
        denied.merge(opening, packet.packets(), Long::sum);
    }

    /// Flows that pass.
    public long flows() {
        return flows;
    }

    /// What passed, in order. A service of more than `anyAbove` addresses that nobody is known to hold is one of any
    /// peer.
    SortedMap<Opening, Evidence> passed(long anyAbove) {
        Map<Opening, Long> addresses = new HashMap<>();
        passed.keySet().stream()
                .filter(opening -> opening.peer() instanceof Cidr)
                .forEach(opening -> addresses.merge(ofAnybody(opening), 1L, Long::sum));
        SortedMap<Opening, Evidence> widened = new TreeMap<>(ORDER);
        passed.forEach((opening, evidence) -> widened.merge(
                addresses.getOrDefault(ofAnybody(opening), 0L) > anyAbove ? ofAnybody(opening) : opening,
                evidence,
                Evidence::plus));
        return widened;
    }

    /// Packets that did not pass, of what no rule for `allowed` lets pass, in order.
    SortedMap<Opening, Long> denied(SortedMap<Opening, Evidence> allowed) {
        SortedMap<Opening, Long> rest = new TreeMap<>(denied);
        rest.keySet().removeIf(opening -> allowed.containsKey(opening) || allowed.containsKey(ofAnybody(opening)));
        return Collections.unmodifiableSortedMap(rest);
    }

    private static Opening ofAnybody(Opening opening) {
        return new Opening(opening.direction(), new Peer.Any(), opening.service());
    }

    private static IpAddress address(Peer peer) {
        return peer instanceof Cidr cidr ? cidr.network() : NONE;
    }
}
