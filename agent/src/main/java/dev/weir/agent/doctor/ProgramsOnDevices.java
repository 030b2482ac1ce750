// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.bpf.DeviceHook;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Devices of the host that lack the programs of Weir, have them twice, or have another program in front of them.
final class ProgramsOnDevices {
    private final HostState host;
    private final Weir weir;

    private ProgramsOnDevices(HostState host) {
        this.host = host;
        this.weir = host.weir();
    }

    static List<Finding> find(HostState host) {
        ProgramsOnDevices check = new ProgramsOnDevices(host);
        List<Finding> found = new ArrayList<>(check.missing());
        check.weir.hooks().forEach(hook -> found.addAll(check.beside(hook)));
        return found;
    }

    private String where(int ifindex) {
        return "device " + host.host().port(ifindex).name();
    }

    private List<Finding> missing() {
        if (weir.agent()) {
            return weir.unenforced().entrySet().stream()
                    .filter(each -> host.host().ports().containsKey(each.getKey()))
                    .map(each ->
                            finding(each.getKey(), "the agent cannot enforce it: " + each.getValue(), weir.restart()))
                    .toList();
        }
        if (!weir.read()) {
            return List.of();
        }
        if (!weir.pinned()) {
            return weir.policies().policies().isEmpty()
                    ? List.of() // Weir is not used here
                    : List.of(Finding.error(
                            Pitfall.MISSING_PROGRAM,
                            "host",
                            "no device carries a program of Weir, though there are policies in "
                                    + weir.config().policies(),
                            "no policy is in force",
                            weir.run()));
        }
        Map<Integer, Set<DeviceHook>> carried = weir.hooks().stream()
                .filter(Weir.Hook::hasWeir)
                .collect(Collectors.groupingBy(
                        Weir.Hook::ifindex, Collectors.mapping(Weir.Hook::hook, Collectors.toSet())));
        return expected().stream()
                .filter(ifindex -> carried.getOrDefault(ifindex, Set.of()).size() < 2)
                .map(ifindex -> finding(
                        ifindex,
                        "no agent runs, and what is pinned does not judge %s"
                                .formatted(carried.containsKey(ifindex) ? "one of its directions" : "what it carries"),
                        weir.run()))
                .toList();
    }

    /// Those that an agent knew and that are still there, and those that lead to a namespace of its.
    private Set<Integer> expected() {
        Set<Integer> expected = new TreeSet<>(weir.endpoints());
        expected.retainAll(host.host().ports().keySet());
        for (Port port : host.host().ports().values()) {
            if (port.peer() != null
                    && host.space(port.peer()).reach() instanceof Space.Reach.Named(String name)
                    && weir.config().namespaces().selects(name)) {
                expected.add(port.ifindex());
            }
        }
        return expected;
    }

    private Finding finding(int ifindex, String what, String mend) {
        return Finding.error(
                Pitfall.MISSING_PROGRAM,
                where(ifindex),
                what,
                "what it carries passes unjudged and uncounted, as if there were no policies",
                mend);
    }

    /// What the other programs on a hook mean.
    private List<Finding> beside(Weir.Hook hook) {
        List<Finding> found = new ArrayList<>();
        boolean met = false;
        for (Weir.Attached each : hook.chain()) {
            boolean own = weir.ownLinks().contains(each.at().linkId());
            switch (each.program().owner()) {
                case WEIR -> {
                    if (!own && hook.hasOwn(weir)) {
                        found.add(duplicate(hook, each));
                    }
                    met |= own;
                }
                case OTHER_WEIR -> found.add(otherWeir(hook, each));
                case OTHERS -> {
                    if (!met && hook.hasWeir()) {
                        found.add(foreign(hook, each));
                    }
                }
            }
        }
        return found;
    }

    private Finding duplicate(Weir.Hook hook, Weir.Attached attached) {
        return Finding.error(
                Pitfall.DUPLICATE_PROGRAM,
                where(hook.ifindex()),
                "%s of Weir is on %s once more".formatted(attached.program().name(), hook.hook()),
                "what it carries is judged twice, and counted twice",
                detach(hook, attached));
    }

    private Finding otherWeir(Weir.Hook hook, Weir.Attached attached) {
        String elsewhere = weir.elsewhere().get(attached.at().linkId());
        return Finding.error(
                Pitfall.DUPLICATE_PROGRAM,
                where(hook.ifindex()),
                "%s of another Weir%s is on %s"
                        .formatted(
                                attached.program().name(),
                                elsewhere == null ? "" : ", pinned in " + elsewhere + ",",
                                hook.hook()),
                "what it carries must pass both, by policies of which each knows only its own",
                elsewhere == null ? detach(hook, attached) : "weir detach --bpffs " + Quoted.of(elsewhere));
    }

    private Finding foreign(Weir.Hook hook, Weir.Attached attached) {
        return Finding.error(
                Pitfall.FOREIGN_PROGRAM,
                where(hook.ifindex()),
                "program %s (number %d) stands in front of Weir on %s"
                        .formatted(attached.program().name(), attached.at().programId(), hook.hook()),
                "what it does not pass on is neither judged nor counted",
                detach(hook, attached));
    }

    private String detach(Weir.Hook hook, Weir.Attached attached) {
        return attached.at().linkId() != 0
                ? "bpftool link detach id " + attached.at().linkId()
                : "bpftool net detach %s dev %s"
                        .formatted(
                                hook.hook() == DeviceHook.TCX_INGRESS ? "tcx_ingress" : "tcx_egress",
                                Quoted.of(host.host().port(hook.ifindex()).name()));
    }
}
