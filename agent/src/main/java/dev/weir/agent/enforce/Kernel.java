// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.BpfObjects;
import dev.weir.abi.Codecs;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.ExpireArgs;
import dev.weir.abi.Limits;
import dev.weir.abi.Settings;
import dev.weir.abi.State;
import dev.weir.agent.config.WeirConfig.Hook;
import dev.weir.agent.netns.Vantages;
import dev.weir.agent.pins.HeldLinks;
import dev.weir.agent.pins.PinKeeper;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.pins.WrongLayoutException;
import dev.weir.agent.upgrade.Build;
import dev.weir.agent.upgrade.Migration;
import dev.weir.bpf.BpfException;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.MappedArray;
import dev.weir.bpf.RcuFence;
import dev.weir.bpf.probe.BpfFs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The loaded programs and the maps that they share with us: fresh ones, or those that an earlier agent left
/// pinned.
final class Kernel implements AutoCloseable {
    /// The maps that the walk over all flows needs.
    private static final Set<String> WALKED =
            Set.of(WeirMaps.FLOWS, WeirMaps.ENDPOINTS, WeirMaps.ACCOUNTS, WeirMaps.PEERS, WeirMaps.STATE);

    private final WeirMaps maps;
    private final HeldLinks links;
    private final PinKeeper keeper;
    private final PathPrograms programs;
    private final BpfProgram expire;
    private final BpfProgram forget;
    private final @Nullable EndedFlows ended;
    private final RcuFence fence;
    private final @Nullable Migration migration;
    private boolean marked = true; // an earlier agent may have

    private Kernel(
            WeirMaps maps,
            HeldLinks links,
            PinKeeper keeper,
            PathPrograms programs,
            BpfProgram expire,
            BpfProgram forget,
            @Nullable EndedFlows ended,
            @Nullable Migration migration) {
        this.maps = maps;
        this.links = links;
        this.keeper = keeper;
        this.programs = programs;
        this.expire = expire;
        this.forget = forget;
        this.ended = ended;
        this.fence = RcuFence.create();
        this.migration = migration;
    }

    /// Loads the programs over the pinned maps, or over new ones that are pinned by it; where those that are pinned
    /// are of an older layout, over new ones beside them. Devices still run the programs that they had.
    ///
    /// @param settings of the programs on the host's devices
    /// @param hook where packets that leave an endpoint are judged first
    /// @param vantages that devices are in; they stay the caller's
    /// @param exporting whether flows are to be told when they end
    /// @throws WrongLayoutException when the pinned maps are of another version, and stay as they are
    static Kernel open(PinPaths pins, Settings settings, Hook hook, Vantages vantages, boolean exporting) {
        Migration migration = Migration.begin(pins, Build.THIS).orElse(null);
        if (migration == null && !pins.exist()) {
            BpfFs.at(pins.maps()).removeAll(); // their flows and devices would count as those of the new epochs
        }
        try {
            PinPaths used = migration == null ? pins : migration.pins();
            makeDirectories(used);
            Kernel kernel = load(used, settings, hook, vantages, exporting, migration);
            if (migration == null) {
                kernel.maps.state().setInt(State.VERSION, Limits.LAYOUT);
            }
            return kernel;
        } catch (RuntimeException e) {
            if (migration != null) {
                migration.close();
            }
            throw e;
        }
    }

    private static void makeDirectories(PinPaths pins) {
        try {
            Files.createDirectories(pins.maps());
            Files.createDirectories(pins.links());
        } catch (IOException e) {
            throw new UncheckedIOException("make the directories of " + pins.root(), e);
        }
    }

    private static Kernel load(
            PinPaths pins,
            Settings settings,
            Hook hook,
            Vantages vantages,
            boolean exporting,
            @Nullable Migration migration) {
        try (BpfObject walk = BpfObject.open("expire", BpfObjects.bytes("expire"))) {
            PathPrograms programs = PathPrograms.load(pins, settings, hook);
            WALKED.forEach(map -> walk.pinnedAt(map, pins.map(map)));
            if (exporting) {
                walk.maxEntries("weir_ended", EndedFlows.RING_BYTES);
            }
            walk.load();
            HeldLinks links = new HeldLinks(pins, vantages);
            return new Kernel(
                    WeirMaps.openPinned(pins),
                    links,
                    new PinKeeper(pins, links),
                    programs,
                    walk.program("weir_expire"),
                    walk.program("weir_forget"),
                    exporting ? new EndedFlows(walk.ringBuffer("weir_ended")) : null,
                    migration);
        }
    }

    /// Whether the maps are to take the place of older ones, which still hold what is enforced on some devices.
    boolean isUpgrading() {
        return migration != null;
    }

    /// No device runs older programs any more: what they have counted is added, and their maps go. All that is left
    /// to do with this object is to close it, and to open it anew.
    void endUpgrade() {
        if (migration != null) {
            migration.arrive(this::awaitRunningPrograms);
        }
    }

    WeirMaps maps() {
        return maps;
    }

    /// Which build of the programs these are.
    long programs() {
        return BpfObjects.identity("tcx");
    }

    /// The heap of images, mapped until it is closed.
    MappedArray mapImages() {
        return keeper.mapImages();
    }

    HeldLinks links() {
        return links;
    }

    /// Keeps links and maps pinned.
    PinKeeper keeper() {
        return keeper;
    }

    /// The programs on devices of the host, once they are loaded.
    ///
    /// @throws BpfException when the kernel refuses one
    PathPrograms.Set path() {
        return programs.in(DeviceKey.HOST);
    }

    /// Attaches the programs to a device, or puts them in the place of older ones. The one in front comes last and
    /// goes first, so that it never stands alone.
    ///
    /// @return why the device goes without the one in front, where that is wanted
    Optional<String> attach(DeviceKey device) {
        if (migration != null) {
            migration.depart();
        }
        PathPrograms.Set set = programs.in(device.vantage());
        links.attach(set.egress(), DeviceHook.TCX_INGRESS, device);
        links.attach(set.ingress(), DeviceHook.TCX_EGRESS, device);
        if (set.front().isEmpty()) {
            links.detach(DeviceHook.XDP, device);
            return Optional.empty();
        }
        try {
            links.attach(set.front().get(), DeviceHook.XDP, device);
            return Optional.empty();
        } catch (BpfException.Unsupported e) {
            return Optional.of(e.reason());
        } catch (BpfException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /// Deletes every flow of a device.
    void purge(DeviceKey device) {
        walk(ExpireArgs.device(device));
    }

    /// Credits peers with what flows have counted since the run before, marks what is idle, and deletes what
    /// that run has marked and no packet has come for since.
    ExpireArgs expire(ExpireArgs.Idle limits) {
        if (marked) {
            awaitRunningPrograms(); // a program that found a flow before it was marked may still count into it
        }
        ExpireArgs done = walk(ExpireArgs.idle(limits));
        marked = done.marked() > 0;
        return done;
    }

    private ExpireArgs walk(ExpireArgs run) {
        if (ended == null) {
            return expire.call(ExpireArgs.CODEC, run).argument();
        }
        ExpireArgs done = expire.call(ExpireArgs.CODEC, ended.asked(run)).argument();
        ended.ran(done);
        return done;
    }

    /// The flows that have ended, where they are exported; open until this is closed.
    Optional<EndedFlows> ended() {
        return Optional.ofNullable(ended);
    }

    /// Forgets what was exchanged by and with whose number nobody has now, and no address leads to.
    void forgetLeft() {
        awaitRunningPrograms(); // one of them may still have found a number under an address
        forget.call(Codecs.U32, 0);
    }

    /// Returns when every program that was running has ended.
    void awaitRunningPrograms() {
        fence.await();
    }

    /// Lets go of all handles; what is pinned stays in force.
    @Override
    public void close() {
        fence.close();
        expire.close();
        forget.close();
        if (ended != null) {
            ended.close();
        }
        programs.close();
        keeper.close();
        links.close();
        maps.close();
        if (migration != null) {
            migration.close();
        }
    }
}
