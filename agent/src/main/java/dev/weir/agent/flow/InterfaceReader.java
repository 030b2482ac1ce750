// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.Endpoint;
import dev.weir.agent.netns.Processes;
import dev.weir.agent.view.InterfaceView;
import dev.weir.net.DeviceQueue;
import dev.weir.net.NetDevice;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.QueueDiscipline;
import dev.weir.net.RouteNetlink;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Asks the kernel about both ends of the devices of one namespace. What cannot be entered, or has just gone, is left
/// out.
final class InterfaceReader {
    private static final DeviceQueue NO_QUEUE = new DeviceQueue(0, 0, QueueDiscipline.NONE);

    private final Snapshot snapshot;
    private final Map<Integer, Optional<Side>> vantages = new HashMap<>();

    InterfaceReader(Snapshot snapshot) {
        this.snapshot = snapshot;
    }

    /// What is seen from within one network namespace, by ifindex.
    private record Side(Map<Integer, NetDevice> devices, Map<Integer, DeviceQueue> queues) {
        static Side of(RouteNetlink netlink) {
            Map<Integer, NetDevice> devices = new HashMap<>();
            netlink.links().forEach(device -> devices.put(device.ifindex(), device));
            return new Side(devices, netlink.queues());
        }

        static Side in(NetworkNamespace namespace) {
            try (RouteNetlink netlink = namespace.call(RouteNetlink::open)) {
                return of(netlink);
            }
        }
    }

    /// Both ends of each device, the outer one first.
    List<InterfaceView> read(String namespace) {
        List<Endpoint> endpoints = snapshot.endpoints().values().stream()
                .filter(endpoint -> endpoint.namespaceName().equals(namespace))
                .sorted(Comparator.comparing(Endpoint::key))
                .toList();
        List<InterfaceView> views = new ArrayList<>();
        Optional<Side> inside = endpoints.isEmpty()
                ? Optional.empty()
                : tenant(namespace, endpoints.getFirst().namespaceInode());
        for (Endpoint endpoint : endpoints) {
            DeviceKey key = endpoint.key();
            Optional<Side> outside = vantages.computeIfAbsent(key.vantage(), this::vantage);
            NetDevice outer =
                    outside.map(side -> side.devices().get(key.ifindex())).orElse(null);
            if (outer == null) {
                continue;
            }
            String called = snapshot.called(endpoint);
            views.add(view(called, InterfaceView.End.OUTSIDE, outer, outside.orElseThrow()));
            // a device that has strayed has its other end elsewhere, where it may have any ifindex
            inside.map(side -> side.devices().get(outer.peerIfindex()))
                    .filter(inner -> inner.peerIfindex() == outer.ifindex() && outer.peerNsid() >= 0)
                    .ifPresent(inner -> views.add(view(called, InterfaceView.End.INSIDE, inner, inside.orElseThrow())));
        }
        return views;
    }

    private Optional<Side> vantage(int number) {
        try {
            if (number == DeviceKey.HOST) {
                try (RouteNetlink netlink = RouteNetlink.open()) {
                    return Optional.of(Side.of(netlink));
                }
            }
            try (NetworkNamespace vantage =
                    NetworkNamespace.ofName(snapshot.vantages().getOrDefault(number, "?"))) {
                return Optional.of(Side.in(vantage));
            }
        } catch (NetException e) {
            return Optional.empty();
        }
    }

    /// By its name, or by a process in it.
    private static Optional<Side> tenant(String name, long inode) {
        if (inode == 0) {
            return Optional.empty(); // a device that leads to no namespace
        }
        try (NetworkNamespace namespace = NetworkNamespace.isNamed(name)
                ? NetworkNamespace.ofName(name)
                : NetworkNamespace.ofProcess(
                        Processes.scan().in(inode).map(Processes.Group::first).orElse(0L))) {
            return namespace.inode() == inode ? Optional.of(Side.in(namespace)) : Optional.empty();
        } catch (NetException e) {
            return Optional.empty();
        }
    }

    private static InterfaceView view(String called, InterfaceView.End end, NetDevice device, Side side) {
        DeviceQueue queue = side.queues().getOrDefault(device.ifindex(), NO_QUEUE);
        return new InterfaceView(
                called,
                end,
                device.name(),
                device.up(),
                queue.mtu(),
                queue.length(),
                device.statistics().rxPackets(),
                device.statistics().rxBytes(),
                device.statistics().rxDropped(),
                device.statistics().txPackets(),
                device.statistics().txBytes(),
                device.statistics().txDropped(),
                queue.discipline().kind(),
                queue.discipline().backlogPackets(),
                queue.discipline().backlogBytes(),
                queue.discipline().drops());
    }
}
