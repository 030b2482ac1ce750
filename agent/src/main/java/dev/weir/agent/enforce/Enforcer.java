// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.Settings;
import dev.weir.agent.Log;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.Vantages;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.BpfException;
import dev.weir.net.NetException;
import dev.weir.net.NetlinkMonitor;
import dev.weir.net.NetworkNamespace;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// The one writer of kernel state: a thread that waits for news of policies and of the world, and for what is due by
/// time, and takes a turn for each. A start is the same turn with everything new.
public final class Enforcer implements AutoCloseable {
    private static final long EXPIRE_NANOS = Duration.ofSeconds(5).toNanos();

    private static final long CHECK_NANOS = Duration.ofSeconds(1).toNanos();

    /// A namespace gets its name before its device, mostly, and a look at a large host that began in between would only
    /// have the device wait for the next one.
    private static final long NAME_NANOS = Duration.ofMillis(50).toNanos();

    private static final Path NAMED_NAMESPACES = Path.of("/run/netns");

    private final Kernel kernel;
    private final Vantages vantages;
    private final Turns turns;
    private final NetlinkMonitor monitor;
    private final Events events = new Events();
    private final Thread worker;
    private final Thread listener;
    private final DirectoryWatcher policyWatcher;
    private final DirectoryWatcher namespaceWatcher;

    /// Loads the programs, adopts what is pinned, and enforces the policies on all that is there; returns when that
    /// is done.
    ///
    /// @param directory where changes of policies are read; from now on the enforcer's own
    /// @param loaded what was read there
    /// @throws StartException when the first turn did not succeed; the message says why
    /// @throws BpfException when the kernel refuses the programs or the maps
    /// @throws NetException when the kernel tells nothing about devices
    /// @throws IOException when a directory cannot be watched
    public static Enforcer start(WeirConfig config, PolicyDirectory directory, PolicyLoader.Loaded loaded)
            throws IOException {
        Vantages vantages = new Vantages(config.vantages());
        Kernel kernel = open(config, vantages);
        Enforcer enforcer = new Enforcer(config, directory, loaded, kernel, vantages);
        try {
            enforcer.turns.first(System.nanoTime());
        } catch (BpfException e) {
            enforcer.close();
            throw e;
        }
        String error = enforcer.report().error();
        if (error != null) {
            enforcer.close();
            throw new StartException(error);
        }
        if (kernel.isUpgrading()) {
            kernel.endUpgrade();
            enforcer.close();
            return start(config, directory, loaded);
        }
        enforcer.policyWatcher.alsoWatch(loaded.setFiles());
        enforcer.events.add(Events.Event.POLICIES); // a file saved after they were loaded and before they were watched
        enforcer.worker.start();
        enforcer.listener.start();
        return enforcer;
    }

    private static Kernel open(WeirConfig config, Vantages vantages) {
        try {
            Settings settings = Settings.of(DeviceKey.HOST, config.otherL2());
            return Kernel.open(
                    new PinPaths(config.bpffs()),
                    settings,
                    config.hook(),
                    vantages,
                    config.ipfix().isOn());
        } catch (RuntimeException e) {
            vantages.close();
            throw e;
        }
    }

    /// The first turn failed, so that nothing, or only what an earlier agent had enforced, is enforced.
    public static class StartException extends RuntimeException {
        private static final long serialVersionUID = 1;

        StartException(String message) {
            super(message);
        }
    }

    private Enforcer(
            WeirConfig config, PolicyDirectory directory, PolicyLoader.Loaded loaded, Kernel kernel, Vantages vantages)
            throws IOException {
        this.kernel = kernel;
        this.vantages = vantages;
        this.monitor = NetlinkMonitor.open();
        this.turns = new Turns(
                config, directory, loaded, kernel, vantages, monitor::changes, this::watchSets, this::followRoutes);
        this.worker = Thread.ofPlatform().name("weir-enforcer").unstarted(this::work);
        this.listener = Thread.ofPlatform().name("weir-netlink").daemon().unstarted(this::listen);
        worker.setUncaughtExceptionHandler(Enforcer::die);
        listener.setUncaughtExceptionHandler(Enforcer::die);
        this.policyWatcher = new DirectoryWatcher(config.policies(), () -> events.add(Events.Event.POLICIES));
        this.namespaceWatcher = new DirectoryWatcher(NAMED_NAMESPACES, () -> events.add(Events.Event.NAMES));
    }

    /// What the last turn did and saw.
    public Report report() {
        return turns.report();
    }

    /// The maps, for those who read them until the enforcer is closed.
    public WeirMaps maps() {
        return kernel.maps();
    }

    /// The flows that have ended, where weir.yaml says that flows are exported; until this is closed.
    public Optional<EndedFlows> ended() {
        return kernel.ended();
    }

    /// Ends the agent's work; what is enforced stays enforced.
    @Override
    public void close() {
        policyWatcher.close();
        namespaceWatcher.close();
        events.add(Events.Event.STOP);
        try {
            worker.join();
            monitor.wake(); // not sooner: the listener goes on for as long as there are turns
            listener.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        monitor.close();
        kernel.close();
        vantages.close();
    }

    /// An agent that no longer follows the host must not go on saying that it does. Enforcement outlives it, and
    /// whoever supervises it starts another, which adopts what is there.
    private static void die(Thread thread, Throwable cause) {
        Log.failure("the thread " + thread.getName() + " failed, the agent ends: " + cause, cause);
        Log.flush();
        Runtime.getRuntime().halt(1);
    }

    private void work() {
        Deadline expiry = new Deadline();
        expiry.in(EXPIRE_NANOS);
        Deadline check = new Deadline();
        check.in(CHECK_NANOS);
        Deadline look = new Deadline(); // at the world, when news of it came too soon after the last look
        long lookFrom = System.nanoTime();
        Pace pace = new Pace(lookFrom);
        while (true) {
            Set<Events.Event> news;
            try {
                news = events.take(first(expiry, check, look, turns.retirement(), turns.retry()));
            } catch (InterruptedException e) {
                return;
            }
            if (news.contains(Events.Event.STOP)) {
                return;
            }
            long now = System.nanoTime();
            if (turns.retry().take(now) || look.take(now)) {
                news.add(Events.Event.WORLD);
            } else if (news.equals(EnumSet.of(Events.Event.NAMES))) {
                look.notAfter(Math.max(NAME_NANOS, lookFrom - now));
                continue;
            } else if (now < lookFrom && news.contains(Events.Event.WORLD) && !news.contains(Events.Event.POLICIES)) {
                look.notAfter(lookFrom - now);
                continue;
            }
            if (!news.isEmpty()) {
                look.clear();
                turns.turn(news.contains(Events.Event.POLICIES), now);
                lookFrom = pace.took(now, System.nanoTime());
            }
            if (turns.retirement().take(now) && turns.retire()) {
                events.add(Events.Event.WORLD);
            }
            if (check.take(now)) {
                check.in(CHECK_NANOS);
                turns.check();
            }
            if (expiry.take(now)) {
                expiry.in(EXPIRE_NANOS);
                turns.expire();
            }
        }
    }

    private void followRoutes(Collection<NetworkNamespace> namespaces) {
        if (monitor.follow(namespaces)) {
            events.add(Events.Event.WORLD); // a route may have changed before it was listened to
        }
    }

    private void watchSets(Set<Path> files) {
        policyWatcher.alsoWatch(files);
    }

    private static long first(Deadline... deadlines) {
        return Arrays.stream(deadlines).mapToLong(Deadline::at).min().orElse(Long.MAX_VALUE);
    }

    private void listen() {
        while (worker.isAlive()) {
            switch (monitor.await(Duration.ofSeconds(60))) {
                case CHANGED, LOST -> events.add(Events.Event.WORLD);
                case TIMEOUT, WOKEN -> {
                    // nothing to look at
                }
            }
        }
    }
}
