// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What deleted namespaces have left: names that stand for nothing, and veths of the host into a namespace
/// that lost its name but lives on, because a process or a descriptor holds it.
final class LeftBehind {
    private LeftBehind() {}

    static List<Finding> find(HostState host) {
        return Stream.concat(host.stale().stream().map(LeftBehind::stale), veths(host).stream())
                .toList();
    }

    private static Finding stale(HostState.StaleName stale) {
        return Finding.warning(
                Pitfall.STALE_NAME,
                "/run/netns/" + stale.name(),
                "no network namespace is behind this name",
                "`ip netns` lists it, commands for it fail, and nobody can give the name to a namespace",
                stale.directory()
                        ? "rmdir " + Quoted.of("/run/netns/" + stale.name())
                        : "ip netns del " + Quoted.of(stale.name()));
    }

    private static List<Finding> veths(HostState host) {
        List<Finding> found = new ArrayList<>();
        for (Port port : host.host().ports().values()) {
            if (port.isVeth()) {
                cause(host, port)
                        .ifPresent(cause -> found.add(Finding.warning(
                                Pitfall.VETH_LEFT_BEHIND,
                                "device " + port.name(),
                                cause,
                                "it holds its name, its place in a bridge and its addresses, and whatever still runs behind it has a way out that nobody manages",
                                "ip link del dev " + Quoted.of(port.name()))));
            }
        }
        return found;
    }

    private static Optional<String> cause(HostState host, Port port) {
        HostState.Place peer = port.peer();
        if (peer == null) {
            return port.device().peerNsid() < 0 || !host.whole()
                    ? Optional.empty() // its other end is just going, or somewhere that was not looked at
                    : Optional.of("its namespace has no name and no process any more; a descriptor keeps it");
        }
        Space space = host.space(peer);
        return space.reach() instanceof Space.Reach.OfProcess(long pid)
                ? space.formerName()
                        .map(name -> "its namespace %s was deleted; process %d, started in it, keeps it"
                                .formatted(name, pid))
                : Optional.empty();
    }
}
