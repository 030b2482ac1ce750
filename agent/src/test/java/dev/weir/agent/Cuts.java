// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.pins.PinPaths;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Where to cut a phase of an agent's life: before each of its system calls, or before some of each kind.
final class Cuts {
    /// With the value `every`, each call is cut before.
    private static final boolean EVERY = "every".equals(System.getProperty("weir.cuts"));

    /// What changes something that outlives the call; the rest asks, or makes what dies with the process.
    private static final Set<String> CHANGING = Set.of(
            "BPF_MAP_UPDATE_ELEM",
            "BPF_MAP_DELETE_ELEM",
            "BPF_OBJ_PIN",
            "BPF_LINK_CREATE",
            "BPF_LINK_UPDATE",
            "BPF_LINK_DETACH",
            "BPF_PROG_TEST_RUN",
            "mkdir",
            "unlink",
            "rmdir",
            "close");

    private final String phase;
    private final List<Strace.Call> all;
    private final List<Strace.Call> chosen;
    private final Set<String> kinds = new TreeSet<>();
    private int cuts;

    private Cuts(String phase, List<Strace.Call> all, List<Strace.Call> chosen) {
        this.phase = phase;
        this.all = all;
        this.chosen = chosen;
    }

    /// @param calls of a phase that was not cut
    /// @param kinds before which it is to be cut; none: all
    static Cuts of(String phase, List<Strace.Call> calls, PinPaths pins, List<String> kinds) {
        List<Strace.Call> weir = ofWeir(
                calls.stream()
                        .filter(call -> kinds.isEmpty() || kinds.contains(call.kind()))
                        .toList(),
                pins);
        return new Cuts(phase, weir, choose(weir));
    }

    /// The calls of the one thread that does the work of Weir: those to BPF, and what makes or removes a pin.
    private static List<Strace.Call> ofWeir(List<Strace.Call> calls, PinPaths pins) {
        List<Strace.Call> weir = calls.stream()
                .filter(call -> call.name().equals("bpf")
                        || call.text().startsWith("\"" + pins.root())
                        || call.text().contains("<anon_inode:bpf"))
                .toList();
        return weir.stream()
                .filter(call -> call.thread() == weir.getFirst().thread())
                .toList();
    }

    /// All of them; or the first and the last of each kind that changes something, and the first of each other.
    private static List<Strace.Call> choose(List<Strace.Call> calls) {
        if (EVERY) {
            return calls;
        }
        Set<Strace.Call> chosen = new LinkedHashSet<>();
        Strace.byKind(calls).forEach((kind, same) -> {
            chosen.add(same.getFirst());
            if (CHANGING.contains(kind)) {
                chosen.add(same.getLast());
            }
        });
        return List.copyOf(chosen);
    }

    List<Strace.Call> chosen() {
        return chosen;
    }

    /// Takes note of what was cut before.
    ///
    /// @param made what was called until then
    /// @return whether it was a call of this kind
    boolean count(List<Strace.Call> made, Strace.Call wanted) {
        for (Strace.Call call : made) {
            if (call.name().equals(wanted.name()) && call.number() == wanted.number()) {
                cuts++;
                kinds.add(call.kind());
                return call.kind().equals(wanted.kind());
            }
        }
        return false;
    }

    /// Where to cut next, for a call that was made sooner or later than it was aimed at.
    ///
    /// @param made what was called until the process was killed before the call `missed`
    Strace.Call aim(List<Strace.Call> made, Strace.Call missed, Strace.Call wanted) {
        int before = (int) all.stream()
                .filter(call -> call.kind().equals(wanted.kind()) && call.number() < wanted.number())
                .count();
        int number = made.stream()
                .filter(call -> call.kind().equals(wanted.kind()))
                .skip(before)
                .findFirst()
                .map(Strace.Call::number)
                .orElse(missed.number() + 1);
        return new Strace.Call(wanted.thread(), wanted.name(), number, wanted.text());
    }

    /// Looks at what is left when a call was cut before; a failure tells which it was.
    void after(Strace.Call call, Runnable look) {
        try {
            look.run();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("killed before " + call + ", in the phase: " + phase, e);
        }
    }

    /// Tells what was done, and fails if it was cut before too few of the kinds that change something. Which of
    /// the others are met is chance: a look for drift may come in between.
    void print() {
        Set<String> left = chosen.stream().map(Strace.Call::kind).collect(Collectors.toCollection(TreeSet::new));
        left.removeAll(kinds);
        Set<String> wanted = chosen.stream()
                .map(Strace.Call::kind)
                .filter(CHANGING::contains)
                .collect(Collectors.toCollection(TreeSet::new));
        int changing = wanted.size();
        wanted.retainAll(left);
        System.out.printf(
                "killed in %s: %d times, before one of %d system calls: %s; never before: %s%n",
                phase, cuts, all.size(), kinds, left);
        assertTrue(cuts > 0, () -> phase + " was never cut");
        assertTrue(wanted.size() <= changing / 4, () -> phase + " was never cut before " + wanted);
    }
}
