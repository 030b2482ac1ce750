// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Topology;
import dev.weir.agent.cli.Wiring;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.RouteNetlink;
import dev.weir.policy.Cidr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// `weir lab`. What to remove is found from the same steps that made it, and from the marks that it carries, so that a
/// topology can be taken down by another process, and after a set-up that was cut off.
public final class Labs implements Wiring.Labs {
    @Override
    public List<String> commands(Topology topology) {
        return Topologies.of(topology).all().stream().map(Step::line).toList();
    }

    @Override
    public void up(Topology topology) throws CommandFailure {
        Steps steps = Topologies.of(topology);
        refuseIfTaken(topology, steps);
        try {
            Construction.<RuntimeException>all(construction -> {
                for (Step step : steps.all()) {
                    construction.run(step);
                }
            });
        } catch (CommandFailure e) {
            throw new CommandFailure(
                    e.exitCode(),
                    "set up the lab %s: %s; what was made before is removed again".formatted(topology, e.getMessage()),
                    e);
        }
    }

    private static void refuseIfTaken(Topology topology, Steps steps) throws CommandFailure {
        List<String> taken = new ArrayList<>();
        for (Made thing : steps.made()) {
            thing.mark().ifPresent(mark -> taken.add(thing + owner(mark)));
        }
        if (taken.isEmpty()) {
            try (RouteNetlink netlink = RouteNetlink.open()) {
                for (InterfaceAddress address : netlink.addresses()) {
                    Cidr there = Cidr.around(address.address(), address.prefixLength());
                    steps.subnets().stream()
                            .filter(subnet -> subnet.contains(there.network()) || there.contains(subnet.network()))
                            .forEach(subnet -> taken.add(subnet + " (the host has " + address.address() + "/"
                                    + address.prefixLength() + ")"));
                }
            }
        }
        if (!taken.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "set up the lab %s: it needs names and addresses that are taken: %s; nothing was changed"
                            .formatted(topology, String.join(", ", taken)));
        }
    }

    private static String owner(String mark) {
        for (Topology topology : Topology.values()) {
            if (Topologies.mark(topology).equals(mark)) {
                return " (`weir lab down %s` removes it)".formatted(topology);
            }
        }
        return "";
    }

    @Override
    public Wiring.Removal down(Topology topology) throws CommandFailure {
        Steps steps = Topologies.of(topology);
        List<String> removed = new ArrayList<>();
        List<String> leftAlone = new ArrayList<>();
        List<String> processes = new ArrayList<>();
        for (Made thing : steps.made().reversed()) {
            String mark = thing.mark().orElse(null);
            if (mark == null) {
                continue; // never made, or gone with what it belonged to
            }
            if (!mark.equals(steps.mark())) {
                leftAlone.add(thing + owner(mark));
                continue;
            }
            Demolition.remove(thing).ifPresent(processes::add);
            removed.add(thing.toString());
        }
        return new Wiring.Removal(removed, leftAlone, processes);
    }

    @Override
    public boolean forwards() {
        try {
            return Files.readString(Path.of("/proc/sys/net/ipv4/ip_forward"))
                    .strip()
                    .equals("1");
        } catch (IOException e) {
            return false; // a kernel without IPv4
        }
    }
}
