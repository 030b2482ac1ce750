// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.ExpireArgs;
import dev.weir.agent.Log;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.Discovery;
import dev.weir.agent.netns.Vantages;
import dev.weir.agent.netns.World;
import dev.weir.agent.owner.Held;
import dev.weir.agent.owner.Ownership;
import dev.weir.agent.pins.Attachments;
import dev.weir.bpf.BpfException;
import dev.weir.net.NetException;
import dev.weir.net.NetlinkMonitor;
import dev.weir.net.NetworkNamespace;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What the enforcer does when there is news, or time has passed: each turn computes what should be, compares it
/// with what is, and applies the difference. What fails leaves a whole generation in force; it is told and tried
/// again. The enforcer's own, for its one thread.
final class Turns {
    /// How long a packet may take from one device to the next and still be judged by the generation it began with.
    private static final long RETIRE_NANOS = Duration.ofMillis(200).toNanos();

    /// How long a device is watched that an answer may come by to what it has not seen.
    private static final long WATCH_NANOS = Duration.ofMillis(200).toNanos();

    private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

    private final WeirConfig config;
    private final Kernel kernel;
    private final Consumer<Set<Path>> watchSets;
    private final Reloads reloads;
    private final Installation installation;
    private final FlowLimits limits;
    private final ExpireArgs.Idle idle;
    private final DesiredState desiredState;
    private final GivenNumbers given;
    private final DriftGuard guard;
    private final NamespaceNumbers numbers = new NamespaceNumbers();
    private final Declarations declarations = new Declarations();
    private final Vantages vantages;
    private final Discovery discovery;
    private final Consumer<Collection<NetworkNamespace>> followRoutes;
    private final RefusedClaims refusedClaims = new RefusedClaims(System::nanoTime);
    private final DeviceErrors deviceErrors = new DeviceErrors();
    private final GracePeriods gracePeriods = GracePeriods.ofHost();
    private final Deadline retirement = new Deadline();
    private final Deadline retry = new Deadline();

    private World world = World.EMPTY;
    private Selection selection = Selection.NONE;
    private Attachments attachments = Attachments.NONE;
    private boolean leaving; // whether devices are to be forgotten once the old generation is retired
    private @Nullable String error;
    private volatile Report report;

    /// @param directory where changes of policies are read
    /// @param loaded what was read there
    /// @param kernel which stays the caller's
    /// @param vantages which stay the caller's
    /// @param heard where in the world something has changed since it was asked last
    /// @param watchSets told the files of sets, each time that policies were read
    /// @param followRoutes told the namespaces of the vantages, each time that the world was looked at
    Turns(
            WeirConfig config,
            PolicyDirectory directory,
            PolicyLoader.Loaded loaded,
            Kernel kernel,
            Vantages vantages,
            Supplier<NetlinkMonitor.Changes> heard,
            Consumer<Set<Path>> watchSets,
            Consumer<Collection<NetworkNamespace>> followRoutes) {
        this.config = config;
        this.kernel = kernel;
        this.vantages = vantages;
        this.watchSets = watchSets;
        this.followRoutes = followRoutes;
        this.reloads = new Reloads(directory, loaded);
        this.installation = new Installation(kernel, numbers);
        this.discovery = new Discovery(
                vantages,
                installation.vantages()::number,
                (device, inode) -> EndpointId.namespace(installation.ids(), device, inode),
                heard);
        this.given = new GivenNumbers(kernel);
        this.guard = new DriftGuard(kernel, installation);
        this.limits = FlowLimits.of(config.flows());
        this.idle = IdleLimits.of(config.flows());
        this.desiredState = new DesiredState(config);
        this.report = Report.before(loaded.policies());
        installation.limit(limits);
        gracePeriods.recover();
    }

    /// What the last turn did and saw; any thread may ask.
    Report report() {
        return report;
    }

    /// When the generation before can be retired: no packet is on its way any more that began with it.
    Deadline retirement() {
        return retirement;
    }

    /// When another turn is due though there was no news, because the last one has not done everything.
    Deadline retry() {
        return retry;
    }

    /// Looks at the world and brings the kernel to what it should be. What a turn that fails has not done, the next
    /// one does: it must not need another change to remember a reload.
    ///
    /// @param reload whether policies have changed
    /// @param since when that was known, by System.nanoTime
    void turn(boolean reload, long since) {
        if (reload) {
            reloads.expect();
        }
        guarded("enforce", () -> {
            look();
            apply(since);
        });
        publish();
    }

    /// As the other, with everything new: the kernel verifies programs while the world is looked at.
    ///
    /// @throws BpfException when it refuses one; nothing has changed then
    void first(long since) {
        guarded("look at the host", this::look);
        kernel.path();
        if (error == null) {
            guarded("enforce", () -> apply(since));
        }
        publish();
    }

    private void look() {
        reloads.read().ifPresent(watchSets);
        installation.freeVantages(
                world.vantages().stream().map(World.Vantage::number).toList());
        world = discovery.observe();
        discovery.lookAgainNanos().ifPresent(retry::in);
        guarded("listen to routes of vantages", () -> followRoutes.accept(vantages.namespaces()));
    }

    /// Ends the generation before this one.
    ///
    /// @return whether devices waited for that, so that a turn has to follow
    boolean retire() {
        guarded("retire the old generation", installation::retire);
        return leaving;
    }

    /// Looks for what others have changed in the kernel, and repairs what is Weir's.
    void check() {
        guarded("look for drift", () -> attachments = guard.check(() -> turn(false, System.nanoTime())));
        report = report.checked(attachments, guard.drifts());
    }

    /// Deletes flows that have rested for too long.
    void expire() {
        guarded("expire idle flows", () -> kernel.expire(idle));
    }

    private void apply(long since) {
        try {
            bringAbout(since);
        } finally {
            installation.unmapImages();
        }
    }

    private void bringAbout(long since) {
        Actual actual = installation.actual();
        World seen = world;
        world = Strays.keep(seen, actual, wanted());
        try {
            selection = Selection.of(config, world, reloads.wanted());
            Map<String, Integer> assigned =
                    numbers.assign(selection.names(actual.endpoints().keySet()));
            given.give(assigned.values());
            Held held = actual.held(world);
            Ownership ownership = Ownership.of(world, declarations.addedTo(config, world), assigned, held)
                    .keeping(lost(seen), held, assigned.values());
            refusedClaims.tell(ownership.refused(), assigned.keySet());
            Desired desired = desiredState.compute(selection, assigned, ownership);
            Plan whole = Plan.of(desired, actual);
            Plan plan = kernel.isUpgrading() ? whole.movingOnly(actual) : whole;
            leaving = actual.endpoints().keySet().stream()
                    .anyMatch(id -> id.isDevice() && !desired.endpoints().containsKey(id));
            error = reloads.refusal();
            deviceErrors.begin(selection.unfit());
            if (!plan.isEmpty()) {
                installation.place(plan.chains());
                gracePeriods.during(plan.attaches(), () -> {
                    for (Plan.Step step : plan.steps()) {
                        apply(step, desired.policyHash());
                    }
                });
            }
            if (numbers.hasLeft() && !kernel.isUpgrading()) {
                given.forgetAllBut(assigned.values());
                numbers.release();
            }
            reloads.applied(System.nanoTime() - since);
        } catch (NoRoomException | DesiredState.RefusedException e) {
            error = e.getMessage();
            Log.error("refused, what was enforced stays: " + e.getMessage());
            if (reloads.refuse(error)) {
                retry.in(RETRY_NANOS); // the world may have changed too
            }
        }
    }

    /// What the vantages are called that weir.yaml names, by number.
    private Map<Integer, String> wanted() {
        Map<Integer, String> names = new HashMap<>(installation.vantages().names());
        names.values().removeIf(name -> !vantages.isWanted(name));
        return names;
    }

    /// The numbers of vantages that stray.
    private Set<Integer> lost(World seen) {
        return world.vantages().stream()
                .map(World.Vantage::number)
                .filter(number -> seen.vantage(number).isEmpty())
                .collect(Collectors.toSet());
    }

    private String called(EndpointId id, String device) {
        return id.called(installation.vantages().called(id.device(), device));
    }

    private void apply(Plan.Step step, String policyHash) throws NoRoomException {
        switch (step) {
            case Plan.Detach detach -> installation.detach(detach.device());
            case Plan.Forget forget -> {
                installation.forget(forget.ids());
                forget.ids()
                        .forEach(id -> Log.info(
                                "%s is not enforced any more".formatted(id.called("with ifindex " + id.device()))));
            }
            case Plan.Introduce introduce -> introduce(introduce);
            case Plan.Rename rename -> installation.rename(rename.id(), rename.to());
            case Plan.Switch change -> {
                installation.switchTo(change, policyHash);
                retirement.in(RETIRE_NANOS);
            }
            case Plan.Attach attach -> attach(attach);
            case Plan.Watch _ -> watch();
        }
    }

    /// Time is all that there is to wait for: nothing tells which answers are under way.
    private static void watch() {
        long end = System.nanoTime() + WATCH_NANOS;
        for (long left = WATCH_NANOS; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
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
        if (deviceErrors.has(step.id().device())) {
            return; // it could not be introduced
        }
        try {
            installation.attach(step.id());
            String why = installation.withoutXdp().get(step.id().device());
            Log.info("%s is enforced%s"
                    .formatted(called(step.id(), step.device()), why == null ? "" : ", without XDP: " + why));
        } catch (BpfException | NetException | Vantages.GoneException e) {
            failed(step.id(), step.device(), e.getMessage());
        }
    }

    /// One device that cannot be enforced, often because it is gone again, holds up no other; the next turn tries
    /// again.
    private void failed(EndpointId id, String device, @Nullable String why) {
        deviceErrors.failed(id, called(id, device), String.valueOf(why));
        retry.in(RETRY_NANOS);
    }

    private void guarded(String attempt, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            error = attempt + ": " + (e.getMessage() == null ? e.toString() : e.getMessage());
            retry.in(RETRY_NANOS);
            Log.failure(error, e);
        }
    }

    private void publish() {
        guarded("look at the hooks", () -> attachments = kernel.links().attachments());
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
                attachments,
                guard.drifts(),
                deviceErrors.all(),
                installation.withoutXdp(),
                numbers.names(),
                error,
                reloads.applied(),
                reloads.refused(),
                reloads.nanos());
    }
}
