// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.Endpoint;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.net.LinkStatistics;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.QueueDiscipline;
import dev.weir.net.RouteNetlink;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What the host-side devices count themselves, turned to how a namespace sees it: what its device receives is what
/// left it. Two questions a vantage, however many devices it has. A vantage that cannot be entered, or a device that
/// has just gone, is left out.
final class InterfaceCounters {
    private InterfaceCounters() {}

    /// One row for each device of an endpoint, those of one vantage together.
    static List<MeterSnapshot.Interface> read(Snapshot names) {
        Map<Integer, List<Endpoint>> byVantage = new TreeMap<>();
        for (Endpoint endpoint : names.endpoints().values()) {
            byVantage
                    .computeIfAbsent(endpoint.vantage(), none -> new ArrayList<>())
                    .add(endpoint);
        }
        List<MeterSnapshot.Interface> rows = new ArrayList<>();
        byVantage.forEach((vantage, endpoints) -> Counted.in(vantage, names).ifPresent(counted -> {
            for (Endpoint endpoint : endpoints) {
                LinkStatistics statistics = counted.statistics().get(endpoint.ifindex());
                if (statistics != null) {
                    rows.add(row(endpoint, names.called(endpoint), statistics, counted.discipline(endpoint)));
                }
            }
        }));
        return rows;
    }

    private static MeterSnapshot.Interface row(
            Endpoint endpoint, String called, LinkStatistics device, QueueDiscipline queue) {
        return new MeterSnapshot.Interface(
                endpoint.namespaceName(),
                called,
                new MeterSnapshot.Carried(device.rxPackets(), device.rxBytes(), device.rxDropped()),
                new MeterSnapshot.Carried(device.txPackets(), device.txBytes(), device.txDropped()),
                queue.backlogBytes(),
                queue.drops());
    }

    /// What the devices of one vantage count, by ifindex.
    private record Counted(Map<Integer, LinkStatistics> statistics, Map<Integer, QueueDiscipline> disciplines) {
        QueueDiscipline discipline(Endpoint endpoint) {
            return disciplines.getOrDefault(endpoint.ifindex(), QueueDiscipline.NONE);
        }

        static Optional<Counted> in(int vantage, Snapshot names) {
            try (RouteNetlink netlink = open(vantage, names)) {
                return Optional.of(new Counted(netlink.statistics(), netlink.disciplines()));
            } catch (NetException e) {
                return Optional.empty();
            }
        }

        /// A socket that stayed open would hold a vantage that was deleted, so each time there is a new one.
        private static RouteNetlink open(int vantage, Snapshot names) {
            if (vantage == DeviceKey.HOST) {
                return RouteNetlink.open();
            }
            try (NetworkNamespace entered =
                    NetworkNamespace.ofName(names.vantages().getOrDefault(vantage, "?"))) {
                return entered.call(RouteNetlink::open);
            }
        }
    }
}
