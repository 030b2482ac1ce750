// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.DeviceKey;
import dev.weir.agent.pins.Attachments;
import dev.weir.agent.pins.HeldLinks;
import dev.weir.agent.pins.PinKeeper;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.TcxAttachment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Looks whether hooks, pins and maps are as the agent made them. It repairs what is Weir's: a device that lost its
/// programs gets them again, second ones are taken off, and what is not pinned is pinned. Of what is not Weir's it
/// tells.
/// The enforcer's own, for its one thread.
final class DriftGuard {
    private final Kernel kernel;
    private final Installation installation;
    private final Neighbours neighbours;
    private final DriftBook book = new DriftBook();
    private final FullMaps fullMaps = new FullMaps();
    private final Map<DeviceKey, Device> devices = new HashMap<>(); // of this check, once it needs their names
    private final Set<Drift.Place> met = new HashSet<>(); // in this check
    private Drifts drifts = Drifts.NONE;

    private record Device(EndpointId id, String name) {}

    DriftGuard(Kernel kernel, Installation installation) {
        this.kernel = kernel;
        this.installation = installation;
        this.neighbours = new Neighbours(kernel.maps().state());
    }

    /// What the last check left.
    Drifts drifts() {
        return drifts;
    }

    /// Looks at everything and repairs what it can.
    ///
    /// @param turn brings programs to every device that should have them and has not
    /// @return which devices carry programs after it
    Attachments check(Runnable turn) {
        devices.clear();
        met.clear();
        List<HeldLinks.Seen> hooks = kernel.links().look();
        List<Drift> lasting = new ArrayList<>();
        boolean missing = false;
        for (HeldLinks.Seen hook : hooks) {
            if (hook.position() < 0) {
                missing = true;
            } else if (hook.chain().size() > 1) {
                lasting.addAll(beside(hook));
            }
        }
        Attachments attachments = HeldLinks.attachments(hooks);
        if (missing) {
            turn.run();
            attachFront();
            attachments = kernel.links().attachments();
        }
        tellLost(attachments);
        lasting.addAll(pins());
        lasting.addAll(fullMaps.find(installation.fill(), kernel.maps().readFlowCount()));
        lasting.forEach(each -> met.add(each.place()));
        book.lasts(lasting);
        neighbours.forgetOthers();
        drifts = new Drifts(book.all(), met);
        return attachments;
    }

    /// A turn leaves alone what carries both programs of TCX; that these are there shows that the device is still
    /// the one it was.
    private void attachFront() {
        List<HeldLinks.Seen> hooks = kernel.links().look();
        Set<DeviceKey> whole = HeldLinks.attachments(hooks).tcx();
        for (HeldLinks.Seen hook : hooks) {
            Device device = device(hook.device());
            if (hook.hook() == DeviceHook.XDP
                    && hook.position() < 0
                    && whole.contains(hook.device())
                    && device != null) {
                installation.attach(device.id);
                repaired(Drift.Kind.LINK_MISSING, place(hook), gone(hook));
            }
        }
    }

    /// Tells what turns have found missing and put in place again. Where they could not, the device is not enforced,
    /// and
    /// that is told.
    private void tellLost(Attachments attachments) {
        for (HeldLinks.Seen hook : kernel.links().takeLost()) {
            Set<DeviceKey> attached = hook.hook() == DeviceHook.XDP ? attachments.xdp() : attachments.tcx();
            if (attached.contains(hook.device())) {
                repaired(Drift.Kind.LINK_MISSING, place(hook), gone(hook));
            }
        }
    }

    private static String gone(HeldLinks.Seen hook) {
        return "the link of Weir was gone from " + hook.hook();
    }

    /// What the other programs on a hook mean.
    private List<Drift> beside(HeldLinks.Seen hook) {
        List<Drift> found = new ArrayList<>();
        for (int i = 0; i < hook.chain().size(); i++) {
            TcxAttachment other = hook.chain().get(i);
            Neighbours.Program program = neighbours.program(other.programId());
            switch (i == hook.position() ? Neighbours.Owner.OTHERS : program.owner()) {
                case WEIR -> {
                    kernel.links().remove(hook.device(), hook.hook(), other);
                    repaired(
                            Drift.Kind.DUPLICATE,
                            place(hook),
                            "%s of Weir was attached once more, by %s".formatted(called(program, other), hook.hook()));
                }
                case OTHER_WEIR ->
                    found.add(Drift.found(
                            Drift.Kind.OTHER_WEIR,
                            place(hook),
                            "another Weir, with pins elsewhere, judges on %s too: its %s"
                                    .formatted(hook.hook(), called(program, other)),
                            "end one of the two: `weir detach --bpffs` with the directory of its pins"));
                case OTHERS -> {
                    if (i < hook.position()) {
                        found.add(Drift.found(
                                Drift.Kind.FOREIGN,
                                place(hook),
                                "%s stands in front of Weir on %s: what it does not pass on is neither judged nor counted"
                                        .formatted(called(program, other), hook.hook()),
                                "if it should not, have its owner attach it behind"));
                    }
                }
            }
        }
        return found;
    }

    private static String called(Neighbours.Program program, TcxAttachment at) {
        return at.linkId() == 0
                ? "program %s (number %d)".formatted(program.name(), at.programId())
                : "program %s (number %d, link %d)".formatted(program.name(), at.programId(), at.linkId());
    }

    private List<Drift> pins() {
        return switch (kernel.keeper().check()) {
            case PinKeeper.Found.Homeless problem ->
                List.of(Drift.found(
                        Drift.Kind.NO_BPFFS,
                        Drift.Place.HOST,
                        problem.what() + ": what is enforced ends with this agent",
                        problem.remedy()));
            case PinKeeper.Found.Pinned pinned -> {
                if (!pinned.restored().isEmpty()) {
                    repaired(
                            Drift.Kind.PIN_MISSING,
                            Drift.Place.HOST,
                            "pins were taken away: %d, the first of them %s"
                                    .formatted(
                                            pinned.restored().size(),
                                            pinned.restored().getFirst()));
                }
                yield List.of();
            }
        };
    }

    private void repaired(Drift.Kind kind, Drift.Place place, String what) {
        met.add(place);
        book.repaired(Drift.found(kind, place, what, ""));
    }

    private Drift.Place place(HeldLinks.Seen hook) {
        Device device = device(hook.device());
        return new Drift.Place(
                device == null ? "" : device.id.namespace(),
                device == null ? "" : device.name,
                hook.device(),
                hook.hook() == DeviceHook.XDP ? Drift.XDP : Drift.TCX);
    }

    private @Nullable Device device(DeviceKey key) {
        if (devices.isEmpty()) {
            kernel.maps()
                    .readEndpoints()
                    .values()
                    .forEach(endpoint -> devices.put(
                            endpoint.key(),
                            new Device(
                                    EndpointId.of(endpoint),
                                    installation.vantages().called(endpoint.key(), endpoint.device()))));
        }
        return devices.get(key);
    }
}
