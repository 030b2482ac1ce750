// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.why;

import dev.weir.abi.Answer;
import dev.weir.abi.BpfObjects;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Direction;
import dev.weir.abi.Settings;
import dev.weir.abi.State;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.pins.WrongLayoutException;
import dev.weir.bpf.BpfException;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import dev.weir.bpf.SkbContext;
import java.nio.file.Files;
import java.util.Optional;

/// The packet path over the pinned maps, to be asked what it would do. No map is changed by it. Answers are right
/// as
/// long as the programs on the devices are of the same build.
public final class Asker implements AutoCloseable {
    private final WeirMaps maps;
    private final BpfProgram egress;
    private final BpfProgram ingress;

    private Asker(WeirMaps maps, BpfProgram egress, BpfProgram ingress) {
        this.maps = maps;
        this.egress = egress;
        this.ingress = ingress;
    }

    /// What is pinned cannot be asked; the message says why, and what to do.
    public static final class Unanswerable extends Exception {
        private static final long serialVersionUID = 1;

        Unanswerable(String message) {
            super(message);
        }
    }

    /// Makes sure that what is pinned is whole and of this version, before any map is read as if it were.
    ///
    /// @throws Unanswerable when it is not
    public static void require(PinPaths pins) throws Unanswerable {
        if (!pins.exist()) {
            throw new Unanswerable("nothing of Weir is pinned under " + pins.root() + "; start it with `weir run`");
        }
        for (String map : WeirMaps.NAMES) {
            if (!Files.exists(pins.map(map))) {
                throw new Unanswerable(pins.map(map) + " is missing; `weir run` makes what is pinned whole again");
            }
        }
        try {
            WeirMaps.requireLayout(pins);
        } catch (WrongLayoutException e) {
            throw new Unanswerable(String.valueOf(e.getMessage()));
        }
    }

    /// Loads the asking programs.
    ///
    /// @param settings of the attached programs
    /// @throws Unanswerable when nothing whole is pinned, or by another version or build
    /// @throws BpfException when the kernel refuses
    public static Asker open(PinPaths pins, Settings settings) throws Unanswerable {
        require(pins);
        WeirMaps maps = WeirMaps.openPinned(pins);
        try (BpfObject object = BpfObject.open("why", BpfObjects.bytes("why"))) {
            if (maps.state().getLong(State.PROGRAMS) != BpfObjects.identity("tcx")) {
                throw new Unanswerable(
                        "the programs in the kernel are of another build; use the weir of the agent that runs");
            }
            WeirMaps.NAMES.forEach(map -> object.pinnedAt(map, pins.map(map)));
            object.constants(Settings.CODEC, settings);
            object.load();
            return new Asker(maps, object.program("weir_why_in"), object.program("weir_why_eg"));
        } catch (RuntimeException | Unanswerable e) {
            maps.close();
            throw e;
        }
    }

    /// The load-time constants of the programs on a device; empty where they cannot be known: nothing is attached
    /// to
    /// it,
    /// or the caller may not look (that needs CAP_SYS_ADMIN).
    public static Optional<Settings> settings(PinPaths pins, DeviceKey device) {
        if (!Files.exists(pins.link(DeviceHook.TCX_INGRESS, device))) {
            return Optional.empty();
        }
        try (DeviceLink link = DeviceLink.openPinned(pins.link(DeviceHook.TCX_INGRESS, device))) {
            Optional<BpfProgram> program = BpfProgram.openById(link.info().programId());
            if (program.isEmpty()) {
                return Optional.empty();
            }
            try (BpfProgram attached = program.get()) {
                return attached.constants(Settings.CODEC);
            }
        } catch (BpfException.NotPermitted e) {
            return Optional.empty();
        }
    }

    /// What would become of a frame on a device of the network namespace of the calling thread.
    ///
    /// @param frame at most [Frames#MAX_BYTES] long, and with the whole IP header that it announces
    /// @throws BpfException when the device is gone
    public Answer ask(Direction direction, int ifindex, byte[] frame) {
        return program(direction).testRun(frame, 1, SkbContext.on(ifindex)).note(Answer.CODEC);
    }

    public WeirMaps maps() {
        return maps;
    }

    private BpfProgram program(Direction direction) {
        return direction == Direction.EGRESS ? egress : ingress;
    }

    /// Lets the programs go; the maps stay as they are.
    @Override
    public void close() {
        ingress.close();
        egress.close();
        maps.close();
    }
}
