// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.Count;
import dev.weir.abi.Direction;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.SkbContext;
import dev.weir.bpf.TestRun;
import dev.weir.bpf.XdpContext;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Puts frames to the loaded programs, and holds these to what they promise of every packet, whatever the policies are.
final class Hooks {
    private static final int TCX_NEXT = -1;
    private static final int TCX_DROP = 2;
    private static final int TCX_REDIRECT = 7;

    private final Kernel kernel;
    private final Front front;
    private @Nullable Tally last;
    private byte @Nullable [] answer;

    Hooks(Kernel kernel) {
        this.kernel = kernel;
        this.front = new Front(kernel);
        this.last = Tally.read(kernel.maps());
    }

    /// Runs the program of a direction on a frame, once: it must be counted in exactly one place, of that slot and
    /// direction, and let through or dropped as the place says. What leaves meets the program in front first, which
    /// has to agree.
    Judge.Seen observe(int slot, Direction direction, byte[] frame, SkbContext context) {
        Tally before = last == null ? Tally.read(kernel.maps()) : last;
        boolean inFront = direction == Direction.EGRESS && context.equals(SkbContext.on(context.ifindex()));
        if (inFront && !front.meet(frame, XdpContext.on(context.ifindex())).isEmpty()) {
            before = Tally.read(kernel.maps());
        }
        TestRun run = program(direction).testRun(frame, 1, context);
        Tally after = Tally.read(kernel.maps());
        last = after;
        Map<Tally.Place, Count> counted = after.since(before);
        if (counted.size() != 1) {
            throw new AssertionError("a packet was counted in " + counted + ", not in one place");
        }
        Map.Entry<Tally.Place, Count> only = counted.entrySet().iterator().next();
        Tally.Place place = only.getKey();
        if (place.slot() != slot || place.direction() != direction) {
            throw new AssertionError("a packet of " + direction + " of " + context + " was counted at " + place);
        }
        if (!answersTo(place.verdict()).contains(run.verdict())) {
            throw new AssertionError("counted as " + place.verdict() + ", but the program returned " + run.verdict());
        }
        if (inFront) {
            front.agreesWith(counted, frame);
        }
        answer = run.verdict() == TCX_REDIRECT ? run.packet() : null;
        return new Judge.Seen(
                place.verdict(), only.getValue().packets(), only.getValue().bytes());
    }

    /// What the program in front makes of a frame: where it counts it, or `goes on`.
    String front(byte[] frame, XdpContext context) {
        last = null;
        return front.meet(frame, context).entrySet().stream()
                .map(place -> place.getKey().verdict() + ", " + place.getValue().bytes() + " bytes")
                .findAny()
                .orElse("goes on");
    }

    /// The frame that the last packet was answered with; empty when it was not.
    Optional<byte[]> answer() {
        return Optional.ofNullable(answer).map(byte[]::clone);
    }

    /// Mean duration of a run, in nanoseconds, as the kernel measures it.
    long nanos(Direction direction, byte[] frame, int repeat) {
        last = null; // read again when it is needed: reading would push the program out of the caches
        return program(direction).testRun(frame, repeat).nanos();
    }

    private BpfProgram program(Direction direction) {
        return direction == Direction.EGRESS
                ? kernel.path().egress()
                : kernel.path().ingress();
    }

    /// What the program may return for a packet that was counted so: what rules refuse may be answered.
    private static Set<Integer> answersTo(String verdict) {
        return switch (verdict.split(" ", 2)[0]) {
            case "allow", "audit", "pass", "answer" -> Set.of(TCX_NEXT);
            case "deny", "reject" -> Set.of(TCX_DROP, TCX_REDIRECT);
            default -> Set.of(TCX_DROP);
        };
    }
}
