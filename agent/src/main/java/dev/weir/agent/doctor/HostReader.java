// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.agent.netns.Processes;
import dev.weir.bpf.probe.BpfFs;
import dev.weir.bpf.probe.Feature;
import dev.weir.net.NamedNamespace;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/// Gathers a [HostState], without a change to anything.
final class HostReader implements AutoCloseable {
    /// More namespaces without a name are not looked into.
    private static final int MAX_NAMELESS = 4096;

    /// How long what looks left over may be about to go: the kernel takes the devices of a namespace away behind its
    /// end.
    private static final long SETTLE_NANOS = 300_000_000;

    private static final long BETWEEN_LOOKS_NANOS = 10_000_000;
    private static final Path NAMES = Path.of("/run/netns");
    private static final Path STATUS = Path.of("/proc/thread-self/status");
    private static final String EFFECTIVE = "CapEff:";

    /// Of linux/capability.h; CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON too.
    private static final Map<Integer, String> CAPABILITIES =
            new TreeMap<>(Map.of(12, "CAP_NET_ADMIN", 21, "CAP_SYS_ADMIN"));

    private final List<String> unread = new ArrayList<>();
    private final List<NetworkNamespace> open = new ArrayList<>();
    private final List<SpaceReader.Seen> seen = new ArrayList<>();
    private final Set<Long> inodes = new HashSet<>();
    private final Map<String, String> stale = new TreeMap<>(); // why, by name
    private boolean whole = true;

    private HostReader() {}

    /// Looks at everything.
    ///
    /// @throws NetException when the host's own namespace tells nothing
    static HostState read(Doctor.Asked asked) {
        try (HostReader reader = new HostReader()) {
            return reader.gather(asked);
        }
    }

    private HostState gather(Doctor.Asked asked) {
        List<NamedNamespace> named = NetworkNamespace.named().stream()
                .sorted(Comparator.comparing(NamedNamespace::name))
                .toList();
        named.forEach(each -> {
            if (each instanceof NamedNamespace.Live live) {
                open.add(live.namespace());
            }
        });
        NetworkNamespace own = hold(NetworkNamespace.current());
        inodes.add(own.inode());
        seen.add(SpaceReader.readHere("the host", own, unread::add));
        Set<String> names = new HashSet<>();
        for (NamedNamespace each : named) {
            switch (each) {
                case NamedNamespace.Stale left -> stale.put(left.name(), left.reason());
                case NamedNamespace.Live live -> {
                    names.add(live.name());
                    lookInto(new Space.Reach.Named(live.name()), live.namespace());
                }
            }
        }
        Processes processes = Processes.scan();
        lookIntoNameless(processes);
        Peers peers = new Peers(seen);
        settle(peers);
        List<Space> spaces = new ArrayList<>();
        for (int i = 0; i < seen.size(); i++) {
            List<Long> pids = processes
                    .in(seen.get(i).namespace().inode())
                    .map(Processes.Group::some)
                    .orElse(List.of());
            spaces.add(peers.space(i, Mounts.formerName(pids, names)));
        }
        Machine machine = machine(asked.config().bpffs());
        return new HostState(
                machine,
                spaces,
                stale.entrySet().stream()
                        .map(each -> new HostState.StaleName(
                                each.getKey(), each.getValue(), Files.isDirectory(NAMES.resolve(each.getKey()))))
                        .toList(),
                WeirReader.read(asked, new TreeSet<>(spaces.getFirst().ports().keySet()), unread::add),
                whole && machine.missingCapabilities().isEmpty(),
                unread);
    }

    private Machine machine(Path bpffs) {
        return new Machine(
                bpffs, BpfFs.at(bpffs).support(), Feature.BPF.support(), Feature.TCX.support(), missingCapabilities());
    }

    private NetworkNamespace hold(NetworkNamespace namespace) {
        open.add(namespace);
        return namespace;
    }

    /// A namespace that was looked into under another name already is left alone.
    private void lookInto(Space.Reach reach, NetworkNamespace namespace) {
        if (inodes.add(namespace.inode())) {
            try {
                seen.add(SpaceReader.read(namespace.toString(), reach, namespace, unread::add));
            } catch (NetException e) {
                whole = false;
                unread.add(String.valueOf(e.getMessage()));
            }
        }
    }

    /// Of those without a name only the ones that a veth leads to matter: a sandbox without devices is meant to be one.
    private void lookIntoNameless(Processes processes) {
        Map<Long, Space.Reach> nameless = new TreeMap<>();
        Mounts.ofNamespaces().forEach((inode, path) -> nameless.put(inode, new Space.Reach.Mounted(path)));
        processes.groups().forEach(group -> nameless.put(group.inode(), new Space.Reach.OfProcess(group.first())));
        nameless.keySet().removeAll(inodes);
        if (nameless.size() > MAX_NAMELESS) {
            whole = false;
            unread.add("there are %d namespaces without a name; the first %d were looked into"
                    .formatted(nameless.size(), MAX_NAMELESS));
        }
        nameless.values().stream().limit(MAX_NAMELESS).forEach(reach -> {
            try {
                lookInto(reach, hold(opened(reach)));
            } catch (NetException e) {
                if (!(reach instanceof Space.Reach.OfProcess(long pid)) || Files.exists(Path.of("/proc/" + pid))) {
                    whole = false;
                    unread.add(String.valueOf(e.getMessage()));
                }
            }
        });
        seen.removeIf(space -> {
            boolean lonely = !(space.reach() instanceof Space.Reach.Host || space.reach() instanceof Space.Reach.Named)
                    && space.devices().values().stream()
                            .noneMatch(device -> device.kind().equals("veth"));
            if (lonely) {
                space.close();
            }
            return lonely;
        });
    }

    private static NetworkNamespace opened(Space.Reach reach) {
        return switch (reach) {
            case Space.Reach.OfProcess(long pid) -> NetworkNamespace.ofProcess(pid);
            case Space.Reach.Mounted(String path) -> NetworkNamespace.open(Path.of(path));
            case Space.Reach.Named(String name) -> NetworkNamespace.open(NAMES.resolve(name));
            case Space.Reach.Host() -> NetworkNamespace.current();
        };
    }

    /// Waits a moment until what looks left over has gone, and forgets it if it has.
    private void settle(Peers peers) {
        long deadline = System.nanoTime() + SETTLE_NANOS;
        Set<Integer> orphans = peers.orphans();
        while (!(orphans.isEmpty() && stale.isEmpty()) && System.nanoTime() < deadline) {
            LockSupport.parkNanos(BETWEEN_LOOKS_NANOS);
            orphans = peers.stillThere(orphans);
            Set<String> left = new HashSet<>();
            for (NamedNamespace each : NetworkNamespace.named()) {
                switch (each) {
                    case NamedNamespace.Live live -> live.namespace().close();
                    case NamedNamespace.Stale name -> left.add(name.name());
                }
            }
            stale.keySet().retainAll(left);
        }
        peers.onlyThese(orphans);
    }

    private List<String> missingCapabilities() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(EFFECTIVE)) {
                    long effective = Long.parseUnsignedLong(
                            line.substring(EFFECTIVE.length()).strip(), 16);
                    return CAPABILITIES.entrySet().stream()
                            .filter(each -> (effective >>> each.getKey() & 1) == 0)
                            .map(Map.Entry::getValue)
                            .toList();
                }
            }
        } catch (IOException e) {
            unread.add("the capabilities of this process: " + e);
        }
        return List.of();
    }

    @Override
    public void close() {
        seen.forEach(SpaceReader.Seen::close);
        open.forEach(NetworkNamespace::close);
    }
}
