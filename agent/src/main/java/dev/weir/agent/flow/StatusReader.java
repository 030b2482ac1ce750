// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.Endpoint;
import dev.weir.abi.State;
import dev.weir.agent.enforce.Drift;
import dev.weir.agent.enforce.Report;
import dev.weir.agent.netns.World;
import dev.weir.agent.pins.Attachments;
import dev.weir.agent.pins.Links;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.Build;
import dev.weir.agent.view.DeviceView;
import dev.weir.agent.view.DriftView;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.StatusView;
import dev.weir.agent.view.VantageView;
import dev.weir.yaml.Diagnostic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What is enforced and what is not, from the maps, and from the agent's [Report] or, where none runs, from the
/// pins.
final class StatusReader {
    /// More errors of the policy directory than this are not told: `/api/v1/policies` has all.
    private static final int MAX_ERRORS = 8;

    private final WeirMaps maps;
    private final Links links;
    private final String policyDirectory;

    StatusReader(WeirMaps maps, Links links, String policyDirectory) {
        this.maps = maps;
        this.links = links;
        this.policyDirectory = policyDirectory;
    }

    /// @param agent null where none runs
    StatusView status(State.Generation generation, KernelView.@Nullable AgentFacts agent) {
        Report report = agent == null ? null : agent.report();
        Snapshot names = Snapshot.read(maps);
        List<DeviceView> devices = List.copyOf(devices(report, names).values());
        List<String> missing = StatusView.missing(generation.number(), devices);
        List<String> older = older(report);
        List<String> why = new ArrayList<>(missing);
        why.addAll(older);
        return new StatusView(
                Build.current().version(),
                StatusView.State.of(missing, older),
                why,
                generation.number(),
                KernelView.hash(generation),
                KernelView.appliedAt(generation),
                agent == null ? null : agent.startedAt(),
                agent == null ? null : ProcessHandle.current().pid(),
                policyDirectory,
                vantages(report),
                devices,
                report == null
                        ? List.of()
                        : report.drifts().all().stream()
                                .map(StatusReader::drift)
                                .toList(),
                CounterReader.maps(maps, names),
                report == null ? 0 : report.refusedClaims().size(),
                older.isEmpty() ? null : older.getFirst());
    }

    /// Why what is enforced may not be what the policy directory and the host say now, a sentence each.
    private static List<String> older(@Nullable Report report) {
        if (report == null) {
            return List.of("no agent is running; what is pinned goes on being enforced");
        }
        List<String> why = new ArrayList<>();
        List<Diagnostic> errors = report.diagnostics();
        errors.stream()
                .limit(MAX_ERRORS)
                .forEach(error -> why.add(
                        "the policy directory has errors, the last good generation is in force: " + error.summary()));
        if (errors.size() > MAX_ERRORS) {
            why.add("and %d errors more, which `/api/v1/policies` tells".formatted(errors.size() - MAX_ERRORS));
        }
        String error = report.error();
        if (error != null) {
            why.add(error);
        }
        return why;
    }

    private static DriftView drift(Drift drift) {
        Drift.Place place = drift.place();
        boolean device = place.isDevice();
        return new DriftView(
                drift.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                device ? place.namespace() : null,
                device ? place.device() : null,
                device ? place.hook() : null,
                drift.what(),
                drift.since(),
                drift.ended(),
                drift.remedy().isEmpty() ? null : drift.remedy());
    }

    /// Those that devices are enforced in, and with an agent those that weir.yaml names.
    private List<VantageView> vantages(@Nullable Report report) {
        Map<String, VantageView> views = new TreeMap<>();
        if (report == null) {
            maps.readVantageNames().values().forEach(name -> views.put(name, new VantageView(name, null)));
        } else {
            report.world().vantages().forEach(each -> views.put(each.name(), new VantageView(each.name(), null)));
            report.world().unseen().forEach((name, why) -> views.put(name, new VantageView(name, why)));
        }
        return List.copyOf(views.values());
    }

    /// A row for each hook that has, or should have, a program.
    List<MeterSnapshot.Device> hooks(@Nullable Report report, Snapshot names) {
        Collection<Drift.Place> drifted =
                report == null ? List.of() : report.drifts().met();
        List<MeterSnapshot.Device> rows = new ArrayList<>();
        devices(report, names).forEach((key, device) -> {
            rows.add(hook(key, device, Drift.TCX, device.attached(), drifted));
            boolean xdp = device.hooks().contains(Drift.XDP);
            if (xdp || device.withoutXdp() != null) {
                rows.add(hook(key, device, Drift.XDP, xdp, drifted));
            }
        });
        return rows;
    }

    private static MeterSnapshot.Device hook(
            DeviceKey key, DeviceView device, String hook, boolean attached, Collection<Drift.Place> drifted) {
        boolean drift = !drifted.isEmpty()
                && drifted.stream()
                        .anyMatch(
                                place -> place.key().equals(key) && place.hook().equals(hook));
        String called = World.called(device.vantage(), key.vantage(), device.device());
        return new MeterSnapshot.Device(device.namespace(), called, hook, attached, drift);
    }

    /// The devices that are enforced, and with an agent those that should be.
    private Map<DeviceKey, DeviceView> devices(@Nullable Report report, Snapshot names) {
        Attachments attachments = report == null ? links.attachments() : report.attachments();
        Map<DeviceKey, DeviceView> views = new TreeMap<>();
        for (Endpoint endpoint : names.endpoints().values()) {
            boolean live = attachments.tcx().contains(endpoint.key());
            views.put(
                    endpoint.key(),
                    new DeviceView(
                            endpoint.namespaceName(),
                            endpoint.device(),
                            endpoint.ifindex(),
                            names.vantages().getOrDefault(endpoint.vantage(), "?"),
                            hooks(attachments.xdp().contains(endpoint.key()), live),
                            live,
                            live ? null : "no live link is pinned for it",
                            report == null ? null : report.withoutXdp().get(endpoint.key())));
        }
        if (report != null) {
            for (World.Device device : report.subjects().devices()) {
                String error = report.deviceErrors().get(device.key());
                if (error != null || !views.containsKey(device.key())) {
                    views.put(
                            device.key(),
                            new DeviceView(
                                    device.namespace(),
                                    device.name(),
                                    device.key().ifindex(),
                                    names.vantages().getOrDefault(device.key().vantage(), "?"),
                                    List.of(),
                                    false,
                                    error,
                                    null));
                }
            }
        }
        return views;
    }

    private static List<String> hooks(boolean xdp, boolean tcx) {
        List<String> hooks = new ArrayList<>();
        if (xdp) {
            hooks.add(Drift.XDP);
        }
        if (tcx) {
            hooks.add(Drift.TCX);
        }
        return hooks;
    }
}
