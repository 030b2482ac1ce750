// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.ExpireArgs;
import dev.weir.abi.Settings;
import dev.weir.agent.Log;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.Discovery;
import dev.weir.agent.netns.World;
import dev.weir.agent.owner.Ownership;
import dev.weir.agent.pins.PinPaths;
import dev.weir.bpf.BpfException;
import dev.weir.net.KernelClock;
import dev.weir.net.NetException;
import dev.weir.net.NetlinkMonitor;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The one writer of kernel state. Everything that happens is an event; each turn computes what should be, compares
/// it with what is, and applies the difference. A start is the same turn with everything new.
public final class Enforcer implements AutoCloseable {
    private static final long EXPIRE_NANOS = Duration.ofSeconds(5).toNanos();

    /// How long a packet may take from one device to the next and still be judged by the generation it began with.
    private static final long RETIRE_NANOS = Duration.ofMillis(200).toNanos();

    /// The longest rest between two looks at the world.
    private static final long WORLD_REST_NANOS = Duration.ofMillis(500).toNanos();

    private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

    /// TCP whose handshake is not over, that one side has ended, and that both have: what
    /// net/netfilter/nf_conntrack_proto_tcp.c allows SYN_SENT, FIN_WAIT and CLOSE.
    private static final Duration TCP_OPENING = Duration.ofMinutes(2);

    private static final Duration TCP_CLOSING = Duration.ofMinutes(2);
    private static final Duration TCP_CLOSED = Duration.ofSeconds(10);

    private static final Path NAMED_NAMESPACES = Path.of("/run/netns");

    private final WeirConfig config;
    private final Reloads reloads;
    private final Kernel kernel;
    private final Installation installation;
    private final FlowLimits limits;
    private final DesiredState desiredState;
    private final NamespaceNumbers numbers = new NamespaceNumbers();
    private final Discovery discovery;
    private final NetlinkMonitor monitor;
    private final Events events = new Events();
    private final RefusedClaims refusedClaims = new RefusedClaims(System::nanoTime);
    private final DeviceErrors deviceErrors = new DeviceErrors();
    private final ExpireArgs.Idle idle;
    private final Thread turns;
    private final Thread listener;
    private final DirectoryWatcher policyWatcher;
    private final DirectoryWatcher namespaceWatcher;

    private World world = World.EMPTY;
    private Selection selection = Selection.NONE;
    private boolean leaving; // whether devices are to be forgotten once the old generation is retired
    private @Nullable String error;
    private long retireAt = Long.MAX_VALUE;
    private long retryAt = Long.MAX_VALUE;
    private volatile Report report;

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
        Kernel kernel = Kernel.open(new PinPaths(config.bpffs()), Settings.of(0, config.otherL2()), config.hook());
        Enforcer enforcer = new Enforcer(config, directory, loaded, kernel);
        enforcer.turn(Set.of(Events.Event.WORLD), System.nanoTime());
        String error = enforcer.report.error();
        if (error != null) {
            enforcer.close();
            throw new StartException(error);
        }
        enforcer.policyWatcher.alsoWatch(loaded.setFiles());
        enforcer.events.add(Events.Event.POLICIES); // a file saved after they were loaded and before they were watched
        enforcer.turns.start();
        enforcer.listener.start();
        return enforcer;
    }

    /// The first turn failed, so that nothing, or only what an earlier agent had enforced, is enforced.
    public static class StartException extends RuntimeException {
        private static final long serialVersionUID = 1;

        StartException(String message) {
            super(message);
        }
    }

    private Enforcer(WeirConfig config, PolicyDirectory directory, PolicyLoader.Loaded loaded, Kernel kernel)
            throws IOException {
        this.config = config;
        this.reloads = new Reloads(directory, loaded);
        this.kernel = kernel;
        this.installation = new Installation(kernel, numbers);
        this.limits = FlowLimits.of(config.flows());
        installation.limit(limits);
        this.desiredState = new DesiredState(config);
        this.monitor = NetlinkMonitor.open();
        this.discovery = new Discovery();
        this.idle = new ExpireArgs.Idle(
                jiffies(config.flows().idle().tcp()),
                jiffies(config.flows().idle().udp()),
                jiffies(config.flows().idle().icmp()),
                jiffies(config.flows().idle().udp()),
                jiffies(TCP_OPENING),
                jiffies(TCP_CLOSING),
                jiffies(TCP_CLOSED));
        this.report = new Report(
                loaded.policies(),
                Subjects.NONE,
                List.of(),
                List.of(),
                world,
                List.of(),
                Map.of(),
                Map.of(),
                Map.of(),
                null,
                0,
                0,
                0);
        this.turns = Thread.ofPlatform().name("weir-enforcer").unstarted(this::work);
        this.listener = Thread.ofPlatform().name("weir-netlink").daemon().unstarted(this::listen);
        turns.setUncaughtExceptionHandler(Enforcer::die);
        listener.setUncaughtExceptionHandler(Enforcer::die);
        this.policyWatcher = new DirectoryWatcher(config.policies(), () -> events.add(Events.Event.POLICIES));
        this.namespaceWatcher = new DirectoryWatcher(NAMED_NAMESPACES, () -> events.add(Events.Event.WORLD));
    }

    /// What the last turn did and saw.
    public Report report() {
        return report;
    }

    /// Ends the agent's work; what is enforced stays enforced.
    @Override
    public void close() {
        policyWatcher.close();
        namespaceWatcher.close();
        events.add(Events.Event.STOP);
        try {
            turns.join();
            monitor.wake(); // not sooner: the listener goes on for as long as there are turns
            listener.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        monitor.close();
        discovery.close();
        kernel.close();
    }

    /// An agent that no longer follows the host must not go on saying that it does. Enforcement outlives it, and
    /// whoever
    /// supervises it starts another, which adopts what is there.
    private static void die(Thread thread, Throwable cause) {
        Log.failure("the thread " + thread.getName() + " failed, the agent ends: " + cause, cause);
        Runtime.getRuntime().halt(1);
    }

    private void work() {
        long expireAt = System.nanoTime() + EXPIRE_NANOS;
        long worldFrom = System.nanoTime();
        long worldAt = Long.MAX_VALUE;
        while (true) {
            Set<Events.Event> news;
            try {
                news = events.take(Math.min(Math.min(expireAt, worldAt), Math.min(retireAt, retryAt)));
            } catch (InterruptedException e) {
                return;
            }
            if (news.contains(Events.Event.STOP)) {
                return;
            }
            long now = System.nanoTime();
            if (now >= retryAt) {
                retryAt = Long.MAX_VALUE;
                news.add(Events.Event.WORLD);
            }
            if (now >= worldAt) {
                news.add(Events.Event.WORLD);
            } else if (news.equals(EnumSet.of(Events.Event.WORLD)) && now < worldFrom) {
                worldAt = worldFrom;
                continue;
            }
            if (!news.isEmpty()) {
                worldAt = Long.MAX_VALUE;
                turn(news, now);
                // A tenant can change its addresses without end: the world is looked at for half the time at most.
                worldFrom = System.nanoTime() + Math.min(System.nanoTime() - now, WORLD_REST_NANOS);
            }
            if (now >= retireAt) {
                retireAt = Long.MAX_VALUE;
                guarded("retire the old generation", installation::retire);
                if (leaving) {
                    events.add(Events.Event.WORLD);
                }
            }
            if (now >= expireAt) {
                expireAt = now + EXPIRE_NANOS;
                guarded("expire idle flows", () -> kernel.expire(idle));
            }
        }
    }

    private void listen() {
        while (turns.isAlive()) {
            switch (monitor.await(Duration.ofSeconds(60))) {
                case CHANGED, LOST -> events.add(Events.Event.WORLD);
                case TIMEOUT, WOKEN -> {
                    // nothing to look at
                }
            }
        }
    }

    /// What a turn that fails has not done, the next one does: it must not need another change to remember a
    /// reload.
    private void turn(Set<Events.Event> news, long since) {
        if (news.contains(Events.Event.POLICIES)) {
            reloads.expect();
        }
        guarded("enforce", () -> {
            reloads.read().ifPresent(policyWatcher::alsoWatch);
            world = discovery.observe();
            try {
                apply(since);
            } finally {
                installation.unmapImages();
            }
        });
        publish();
    }

    private void apply(long since) {
        Actual actual = installation.actual();
        world = Strays.keep(world, actual);
        try {
            selection = Selection.of(config, world, reloads.wanted());
            Map<String, Integer> assigned =
                    numbers.assign(selection.names(actual.endpoints().keySet()));
            Ownership ownership = Ownership.of(world, config, assigned, actual.held(world));
            refusedClaims.tell(ownership.refused(), assigned.keySet());
            Desired desired = desiredState.compute(selection, assigned, ownership);
            Plan plan = Plan.of(desired, actual);
            leaving = actual.endpoints().keySet().stream()
                    .anyMatch(id -> id.isDevice() && !desired.endpoints().containsKey(id));
            error = reloads.refusal();
            deviceErrors.begin(selection.unfit());
            if (!plan.isEmpty()) {
                installation.place(plan.chains());
                for (Plan.Step step : plan.steps()) {
                    apply(step, desired.policyHash());
                }
            }
            reloads.applied(System.nanoTime() - since);
        } catch (NoRoomException | DesiredState.RefusedException e) {
            error = e.getMessage();
            Log.error("refused, what was enforced stays: " + e.getMessage());
            if (reloads.refuse(error)) {
                retryAt = System.nanoTime() + RETRY_NANOS; // the world may have changed too
            }
        }
    }

    private void apply(Plan.Step step, String policyHash) throws NoRoomException {
        switch (step) {
            case Plan.Detach detach -> installation.detach(detach.ifindex());
            case Plan.Forget forget -> {
                installation.forget(forget.ids());
                forget.ids()
                        .forEach(id -> Log.info(
                                "%s is not enforced any more".formatted(id.called("with ifindex " + id.ifindex()))));
            }
            case Plan.Introduce introduce -> introduce(introduce);
            case Plan.Rename rename -> installation.rename(rename.id(), rename.to());
            case Plan.Switch change -> {
                installation.switchTo(change, policyHash);
                retireAt = System.nanoTime() + RETIRE_NANOS;
            }
            case Plan.Attach attach -> attach(attach);
        }
    }

    private void introduce(Plan.Introduce step) {
        try {
            installation.introduce(step.id(), step.spec(), step.first(), limits);
        } catch (NoRoomException e) {
            failed(step.id(), step.spec().device().name(), e.getMessage());
        }
    }

    private void attach(Plan.Attach step) {
        if (deviceErrors.has(step.id().ifindex())) {
            return; // it could not be introduced
        }
        try {
            installation.attach(step.id());
            String why = installation.withoutXdp().get(step.id().ifindex());
            Log.info("%s is enforced%s"
                    .formatted(step.id().called(step.device()), why == null ? "" : ", without XDP: " + why));
        } catch (BpfException e) {
            failed(step.id(), step.device(), e.getMessage());
        }
    }

    /// One device that cannot be enforced, often because it is gone again, holds up no other; the next turn tries
    /// again.
    private void failed(EndpointId id, String device, @Nullable String why) {
        deviceErrors.failed(id, device, String.valueOf(why));
        retryAt = System.nanoTime() + RETRY_NANOS;
    }

    /// A failure here leaves a whole generation in force; it is told and tried again.
    private void guarded(String attempt, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            error = attempt + ": " + (e.getMessage() == null ? e.toString() : e.getMessage());
            retryAt = System.nanoTime() + RETRY_NANOS;
            Log.failure(error, e);
        }
    }

    private void publish() {
        Set<String> problems = new HashSet<>(world.problems());
        problems.removeAll(report.world().problems());
        problems.forEach(Log::warn);
        if (!selection.world().equals(world) || !selection.policies().equals(reloads.inForce())) {
            selection = Selection.of(config, world, reloads.inForce()); // what was wanted is not what is in force
        }
        report = new Report(
                reloads.inForce(),
                Subjects.of(config, selection),
                reloads.diagnostics(),
                reloads.warnings(),
                world,
                refusedClaims.now(),
                refusedClaims.counts(),
                deviceErrors.all(),
                installation.withoutXdp(),
                error,
                reloads.applied(),
                reloads.refused(),
                reloads.nanos());
    }

    private static int jiffies(Duration duration) {
        return (int) Math.min(Integer.MAX_VALUE, duration.toNanos() / KernelClock.jiffyNanos());
    }
}
