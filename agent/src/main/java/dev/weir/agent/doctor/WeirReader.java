// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.Endpoint;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.pins.Links;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.Programs;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.pins.WrongLayoutException;
import dev.weir.agent.view.DeviceView;
import dev.weir.agent.view.StatusView;
import dev.weir.bpf.BpfException;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import dev.weir.bpf.TcxAttachment;
import dev.weir.policy.PolicySet;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads what Weir has pinned, attached and been told.
final class WeirReader {
    /// How far below are looked for the pins of other agents, and of how many.
    private static final int PIN_DEPTH = 4;

    private static final int MAX_OTHERS = 64;

    private final WeirConfig config;
    private final PinPaths pins;
    private final Consumer<String> unread;

    private WeirReader(WeirConfig config, Consumer<String> unread) {
        this.config = config;
        this.pins = new PinPaths(config.bpffs());
        this.unread = unread;
    }

    /// @param devices ifindexes of the host's devices
    /// @param unread is told what could not be read
    static Weir read(Doctor.Asked asked, Collection<Integer> devices, Consumer<String> unread) {
        return new WeirReader(asked.config(), unread).read(asked, devices);
    }

    private Weir read(Doctor.Asked asked, Collection<Integer> devices) {
        StatusView status = asked.status();
        List<Weir.Hook> hooks = new ArrayList<>();
        Set<Integer> endpoints = new HashSet<>();
        Set<Integer> own = new HashSet<>();
        Map<Integer, String> elsewhere = new HashMap<>();
        boolean read = true;
        boolean pinned = false;
        try {
            pinned = pins.exist();
            if (pinned) {
                own.addAll(linkIds(pins));
                endpoints.addAll(endpoints());
            }
            hooks.addAll(hooks(devices, pinned));
            if (hooks.stream()
                    .flatMap(hook -> hook.chain().stream())
                    .anyMatch(each -> each.program().owner() == Programs.Owner.OTHER_WEIR)) {
                elsewhere.putAll(elsewhere());
            }
        } catch (BpfException | WrongLayoutException | UncheckedIOException e) {
            read = false;
            unread.accept("what Weir has attached: " + e.getMessage());
        }
        return new Weir(
                asked.run(),
                asked.configFile(),
                config,
                policies(),
                status == null ? null : status.pid(),
                read,
                pinned,
                hooks,
                endpoints,
                own,
                unenforced(status),
                elsewhere);
    }

    private static Map<Integer, String> unenforced(@Nullable StatusView status) {
        return status == null
                ? Map.of()
                : status.devices().stream()
                        .filter(device -> device.isOnHost() && !device.attached())
                        .collect(Collectors.toMap(
                                DeviceView::ifindex,
                                device -> device.error() == null ? "it does not say why" : device.error(),
                                (one, other) -> one));
    }

    private Set<Integer> endpoints() {
        WeirMaps.requireLayout(pins);
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            return maps.readEndpoints().values().stream()
                    .filter(endpoint -> endpoint.vantage() == DeviceKey.HOST)
                    .map(Endpoint::ifindex)
                    .collect(Collectors.toSet());
        }
    }

    private List<Weir.Hook> hooks(Collection<Integer> devices, boolean pinned) {
        List<Weir.Hook> hooks = new ArrayList<>();
        try (@Nullable WeirMaps maps = pinned ? WeirMaps.openPinned(pins) : null) {
            Programs programs = new Programs(maps == null ? null : maps.state());
            for (int ifindex : devices) {
                for (DeviceHook hook : List.of(DeviceHook.TCX_INGRESS, DeviceHook.TCX_EGRESS)) {
                    List<Weir.Attached> chain = TcxAttachment.chain(ifindex, hook).orElse(List.of()).stream()
                            .map(at -> new Weir.Attached(at, programs.program(at.programId())))
                            .toList();
                    if (!chain.isEmpty()) {
                        hooks.add(new Weir.Hook(ifindex, hook, chain));
                    }
                }
            }
        }
        return hooks;
    }

    private static Set<Integer> linkIds(PinPaths pins) {
        Set<Integer> ids = new HashSet<>();
        for (Links.Pin pin : new Links(pins).list()) {
            try (DeviceLink link = DeviceLink.openPinned(pin.path())) {
                ids.add(link.info().linkId());
            }
        }
        return ids;
    }

    /// Where other agents have pinned their links.
    private Map<Integer, String> elsewhere() {
        Path bpffs = config.bpffs().getParent();
        Map<Integer, String> found = new HashMap<>();
        Path place = bpffs == null ? config.bpffs() : bpffs;
        try (Stream<Path> tree = Files.find(place, PIN_DEPTH, (path, attributes) -> new PinPaths(path).exist())) {
            tree.limit(MAX_OTHERS)
                    .filter(root -> !root.equals(pins.root()))
                    .forEach(root -> linkIds(new PinPaths(root)).forEach(id -> found.put(id, root.toString())));
        } catch (IOException e) {
            unread.accept("the pins of other agents: " + e);
        }
        return found;
    }

    private PolicySet policies() {
        if (!Files.isDirectory(config.policies())) {
            return PolicySet.EMPTY;
        }
        return switch (PolicyDirectory.load(config.policies())) {
            case PolicyLoader.Loaded loaded -> loaded.policies();
            case PolicyLoader.Refused refused -> {
                unread.accept("the policies in %s: %s; `weir check` tells all"
                        .formatted(
                                config.policies(),
                                refused.diagnostics().getFirst().summary()));
                yield PolicySet.EMPTY;
            }
        };
    }
}
