// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.CellOwner;
import dev.weir.abi.Endpoint;
import dev.weir.abi.Flow;
import dev.weir.abi.FlowKey;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.Verdict;
import java.util.function.Consumer;

/// Shows the flow table with names, entry by entry, and never holds it.
final class FlowReader {
    private final Snapshot names;
    private final FlowClock clock = FlowClock.read();

    private FlowReader(Snapshot names) {
        this.names = names;
    }

    static void forEach(WeirMaps maps, Consumer<FlowView> action) {
        FlowReader reader = new FlowReader(Snapshot.read(maps));
        maps.flows().forEach((key, flow) -> {
            Endpoint endpoint = reader.names.endpoints().get(flow.slot());
            if (endpoint != null) { // else its device went while we looked
                action.accept(reader.view(key, flow, endpoint));
            }
        });
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
