// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.CellOwner;
import dev.weir.abi.Endpoint;
import dev.weir.abi.Flow;
import dev.weir.abi.FlowKey;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.FlowWalk;
import dev.weir.agent.view.Verdict;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// Walks over the flow table and gives what it shows names, as of the moment when it began.
final class FlowReader implements FlowWalk {
    private final WeirMaps maps;
    private final Snapshot names;
    private final FlowClock clock = FlowClock.read();
    private int position;

    FlowReader(WeirMaps maps, int position) {
        this.maps = maps;
        this.names = Snapshot.read(maps);
        this.position = position;
    }

    @Override
    public boolean show(int count, Consumer<FlowView> action) {
        OptionalInt next = maps.flows().forEachFrom(position, count, (key, flow) -> {
            Endpoint endpoint = names.endpoints().get(flow.slot());
            if (endpoint != null) { // else its device went while we looked
                action.accept(view(key, flow, endpoint));
            }
        });
        position = next.orElse(position);
        return next.isPresent();
    }

    @Override
    public int position() {
        return position;
    }

    private FlowView view(FlowKey key, Flow flow, Endpoint endpoint) {
        CellOwner rule = names.owner(flow.cell());
        return new FlowView(
                endpoint.namespaceName(),
                names.called(endpoint),
                flow.opener(),
                Services.protocol(key.protocol()),
                key.inside(),
                Services.insidePort(key),
                key.outside(),
                Services.outsidePort(key),
                Services.service(key, flow.opener()),
                Verdict.of(flow.verdict()),
                rule.policy(),
                rule.rule(),
                flow.egressPackets(),
                flow.ingressPackets(),
                flow.egressBytes(),
                flow.ingressBytes(),
                clock.opened(flow),
                clock.lastSeen(flow),
                clock.ageNanos(flow) / 1_000_000_000L,
                flow.state(),
                flow.handshakeMicros());
    }
}
