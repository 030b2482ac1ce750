// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.CellOwner;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Endpoint;
import dev.weir.abi.Flow;
import dev.weir.abi.FlowKey;
import dev.weir.agent.pins.Owners;
import dev.weir.agent.pins.WeirMaps;
import java.util.LinkedHashMap;
import java.util.Map;

/// What namespaces and rules of flows are called, for who meets flows after their devices went: those that were there
/// before are remembered too. Not for several threads.
public final class FlowNames {
    /// Devices that are remembered beside those that are there.
    private static final int GONE = 4096;

    private static final String UNKNOWN = "unknown";

    private final Map<DeviceKey, String> namespaces = new LinkedHashMap<>();
    private Owners owners = Owners.NONE;
    private Owners before = Owners.NONE;
    private int epoch;
    private boolean known; // whether anything was read yet

    /// Those of one flow.
    ///
    /// @param policy empty: `unselected` of weir.yaml
    public record Names(String namespace, String policy, String rule) {}

    /// Reads them anew if they may have changed: each change of namespaces, addresses and policies is an epoch of its
    /// own.
    public void refresh(WeirMaps maps) {
        int now = maps.readState().epoch();
        if (known && now == epoch) {
            return;
        }
        epoch = now;
        known = true;
        Snapshot snapshot = Snapshot.read(maps);
        before = owners;
        owners = snapshot.owners();
        for (Endpoint endpoint : snapshot.endpoints().values()) {
            namespaces.remove(endpoint.key()); // so that it is among the last again
            namespaces.put(endpoint.key(), endpoint.namespaceName());
        }
        int limit = snapshot.endpoints().size() + GONE;
        while (namespaces.size() > limit) {
            namespaces.remove(namespaces.keySet().iterator().next());
        }
    }

    /// `unknown` for what came and went without being looked at.
    public Names of(FlowKey key, Flow flow) {
        String namespace = namespaces.getOrDefault(new DeviceKey(key.ifindex(), key.vantage()), UNKNOWN);
        CellOwner owner = owners.of(flow.cell());
        if (owner == null || owner.slot() != flow.slot()) {
            owner = before.of(flow.cell());
        }
        return owner == null || owner.slot() != flow.slot()
                ? new Names(namespace, "", UNKNOWN)
                : new Names(namespace, owner.policy(), owner.rule());
    }
}
