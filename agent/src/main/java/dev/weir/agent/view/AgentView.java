// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.IpAddress;
import java.util.List;

/// The state of one agent, or of what an agent left pinned, as its users see it. Each call answers from the
/// kernel's maps as they are now, takes no lock of the enforcer, and may come from several threads at once.
public interface AgentView {
    StatusView status();

    List<NamespaceView> namespaces();

    /// What policies call `host`: the addresses of the vantages themselves.
    List<IpAddress> hostAddresses();

    /// Both ends of the devices of one namespace; none where it is not enforced.
    List<InterfaceView> interfaces(String namespace);

    PoliciesView policies();

    /// The policies that select one namespace, with what their rules decided there; none where it is not enforced.
    PoliciesView policies(String namespace);

    /// A walk over the flows.
    /// @param position 0: from the first; else that of another walk
    FlowWalk walk(int position);

    default FlowPage flows(FlowQuery query) {
        return FlowSelector.select(query, walk(query.position()));
    }

    EventPage events(EventQuery query);

    /// Who talks to whom.
    PeerPage peers(PeerQuery query);

    MeterSnapshot meters();
}
