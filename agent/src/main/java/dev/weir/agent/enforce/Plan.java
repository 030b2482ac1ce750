// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.DeviceKey;
import dev.weir.agent.owner.Guard;
import dev.weir.agent.owner.Place;
import dev.weir.policy.compile.ImageRule;
import dev.weir.policy.compile.PolicyChain;
import dev.weir.policy.compile.PolicyCompiler;
import dev.weir.policy.compile.PolicyImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The difference between [Desired] and [Actual] as steps, in the order in which they are safe: an endpoint is
/// judged by its policies before its device carries a packet through the programs, and it is taken out of service
/// before it is forgotten.
///
/// A device that leads to no namespace comes and goes with the policies that select it, so it must come and go
/// within the switch that brings or ends these: else a packet could be judged by the old policies at one device and
/// by the new ones at another. It is attached before the switch, judged by nothing ([#OPEN]) in the old epoch, for
/// long enough that answers which are on their way have a flow ([Watch]); and it stays, judged by nothing in the new
/// one, until no packet is judged by the old one any more.
record Plan(List<Step> steps) {

    /// Judges nothing: everything passes.
    static final PolicyChain OPEN = PolicyCompiler.watching();

    Plan {
        steps = List.copyOf(steps);
    }

    /// How many devices get programs.
    int attaches() {
        return (int) steps.stream().filter(Attach.class::isInstance).count();
    }

    sealed interface Step {}

    /// Takes the programs off a device that should no longer carry them.
    record Detach(DeviceKey device) implements Step {}

    /// Removes endpoints, their flows and their counters.
    record Forget(List<EndpointId> ids) implements Step {
        Forget {
            ids = List.copyOf(ids);
        }
    }

    /// Gives an endpoint a slot, its chain and its counters; nothing is judged by it yet.
    ///
    /// @param first what judges it until the next switch
    record Introduce(EndpointId id, Desired.Spec spec, PolicyChain first) implements Step {}

    /// Writes a device's new name.
    record Rename(EndpointId id, String from, String to) implements Step {}

    /// Moves all endpoints to the next epoch in one store.
    ///
    /// @param newPolicies whether it is a new generation too
    /// @param chains what judges each endpoint from then on
    /// @param guards that change, of endpoints that were there before
    /// @param granted addresses that get or change their holder
    /// @param revoked addresses that nobody holds any more
    record Switch(
            boolean newPolicies,
            Map<EndpointId, PolicyChain> chains,
            Map<EndpointId, Guard> guards,
            Map<Place, Integer> granted,
            Set<Place> revoked)
            implements Step {
        @Override
        public String toString() {
            return "Switch[newPolicies=%s, endpoints=%d, guards=%s, granted=%s, revoked=%s]"
                    .formatted(newPolicies, chains.size(), guards, granted, revoked);
        }
    }

    /// Lets the packets of a device find its endpoint, and attaches the programs, or puts them in the place
    /// of older ones.
    record Attach(EndpointId id, String device) implements Step {}

    /// Lets pass what went by a device before it was attached and has an answer under way: that would open a flow of
    /// its own once policies are in force there, which they need not allow.
    record Watch() implements Step {}

    boolean isEmpty() {
        return steps.isEmpty();
    }

    /// A line a step, for the log.
    @Override
    public String toString() {
        return steps.stream().map(Step::toString).collect(Collectors.joining("\n"));
    }

    /// What the images must hold before any step is taken.
    List<PolicyChain> chains() {
        List<PolicyChain> chains = new ArrayList<>();
        for (Step step : steps) {
            switch (step) {
                case Introduce introduce -> chains.add(introduce.first());
                case Switch change -> chains.addAll(change.chains().values());
                case Detach _, Forget _, Rename _, Attach _, Watch _ -> {}
            }
        }
        return chains;
    }

    /// Of this plan only what moves devices that are there from the programs of an older layout to those of this
    /// one: nothing comes or goes, so that what the older ones have counted can be added afterwards to where it
    /// belongs.
    Plan movingOnly(Actual actual) {
        List<Step> moves = new ArrayList<>();
        for (Step step : steps) {
            switch (step) {
                case Detach detach -> moves.add(detach);
                case Switch change -> {
                    moves.add(change);
                    for (var there : sorted(actual.endpoints())) {
                        if (change.chains().containsKey(there.getKey())) {
                            moves.add(
                                    new Attach(there.getKey(), there.getValue().device()));
                        }
                    }
                }
                case Forget _, Introduce _, Rename _, Attach _, Watch _ -> {}
            }
        }
        return new Plan(moves);
    }

    static Plan of(Desired desired, Actual actual) {
        List<Step> steps = new ArrayList<>();
        Set<EndpointId> leaving = leaving(desired, actual);
        Set<DeviceKey> wanted = desired.endpoints().keySet().stream()
                .map(EndpointId::device)
                .collect(Collectors.toCollection(TreeSet::new));
        leaving.forEach(id -> wanted.add(id.device()));

        List<EndpointId> gone = sorted(actual.endpoints()).stream()
                .map(Map.Entry::getKey)
                .filter(id -> !desired.endpoints().containsKey(id) && !leaving.contains(id))
                .toList();
        // with what is gone, because an agent may have died when it had attached one hook of it, or detached one
        Set<DeviceKey> carrying = new TreeSet<>(actual.attached());
        gone.forEach(id -> carrying.add(id.device()));
        carrying.removeAll(wanted);
        carrying.forEach(device -> steps.add(new Detach(device)));
        if (!gone.isEmpty()) {
            steps.add(new Forget(gone));
        }
        List<Step> first = new ArrayList<>();
        for (var spec : sorted(desired.endpoints())) {
            Actual.Installed installed = actual.endpoints().get(spec.getKey());
            String name = spec.getValue().device().name();
            boolean comes = comes(spec.getKey(), desired, actual);
            if (installed == null) {
                steps.add(new Introduce(
                        spec.getKey(),
                        spec.getValue(),
                        comes ? OPEN : spec.getValue().chain()));
            } else if (!installed.device().equals(name)) {
                steps.add(new Rename(spec.getKey(), installed.device(), name));
            }
            if (comes) {
                first.add(new Attach(spec.getKey(), name)); // also where an agent died after it was introduced
            }
        }
        steps.addAll(first);
        if (!first.isEmpty()) {
            steps.add(new Watch());
        }
        switchTo(desired, actual, leaving, steps);
        for (var spec : sorted(desired.endpoints())) {
            EndpointId id = spec.getKey();
            boolean carried =
                    actual.endpoints().containsKey(id) && actual.attached().contains(id.device());
            Attach attach = new Attach(id, spec.getValue().device().name());
            if ((!carried || actual.fresh()) && !first.contains(attach)) {
                steps.add(attach); // what an earlier agent attached gets the programs of this one
            }
        }
        return new Plan(steps);
    }

    /// Whether the old policies did not select the device. One that is new to the host, or has another name by now,
    /// is judged from the beginning.
    private static boolean comes(EndpointId id, Desired desired, Actual actual) {
        return id.isDevice()
                && !actual.policyHash().isEmpty()
                && !actual.policyHash().equals(desired.policyHash())
                && !actual.attached().contains(id.device());
    }

    /// Devices that no policy selects any more, but packets of the old epoch may still ask for. One that is
    /// gone, or that leads to a namespace or has another name by now, needs no such care.
    private static Set<EndpointId> leaving(Desired desired, Actual actual) {
        Set<DeviceKey> taken =
                desired.endpoints().keySet().stream().map(EndpointId::device).collect(Collectors.toSet());
        return actual.endpoints().entrySet().stream()
                .filter(each -> each.getKey().isDevice()
                        && actual.attached().contains(each.getKey().device())
                        && !taken.contains(each.getKey().device())
                        && !(actual.settled() && same(OPEN, each.getValue().chain())))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    /// One epoch for whatever changes verdicts: policies, chains, guards, or who holds an address. The first turn
    /// of an agent always makes one, because the agent before it may have died between an address and its epoch.
    private static void switchTo(Desired desired, Actual actual, Set<EndpointId> leaving, List<Step> steps) {
        Map<EndpointId, PolicyChain> chains = new HashMap<>();
        desired.endpoints().forEach((id, spec) -> chains.put(id, spec.chain()));
        leaving.forEach(id -> chains.put(id, OPEN));
        boolean newPolicies = !desired.policyHash().equals(actual.policyHash());
        boolean newChains = chains.entrySet().stream().anyMatch(chain -> {
            Actual.Installed installed = actual.endpoints().get(chain.getKey());
            return installed != null && !same(chain.getValue(), installed.chain());
        });
        Map<EndpointId, Guard> guards = new HashMap<>();
        desired.endpoints().forEach((id, spec) -> {
            Actual.Installed installed = actual.endpoints().get(id);
            if (installed != null && !installed.guard().equals(spec.guard())) {
                guards.put(id, spec.guard());
            }
        });
        Map<Place, Integer> granted = new HashMap<>(desired.addresses());
        granted.entrySet()
                .removeIf(each -> each.getValue().equals(actual.addresses().get(each.getKey())));
        Set<Place> revoked = new TreeSet<>(actual.addresses().keySet());
        revoked.removeAll(desired.addresses().keySet());

        if (newPolicies
                || newChains
                || !guards.isEmpty()
                || !granted.isEmpty()
                || !revoked.isEmpty()
                || actual.fresh()) {
            steps.add(new Switch(newPolicies, chains, guards, granted, revoked));
        }
    }

    /// Equal bytes judge alike, but the counters also have to know whose rules they are.
    private static boolean same(PolicyChain wanted, @Nullable PolicyChain installed) {
        return installed != null && wanted.equals(installed) && rules(wanted).equals(rules(installed));
    }

    private static List<List<ImageRule>> rules(PolicyChain chain) {
        return chain.layers().stream().map(PolicyImage::rules).toList();
    }

    private static <V> List<Map.Entry<EndpointId, V>> sorted(Map<EndpointId, V> endpoints) {
        return endpoints.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(
                        Comparator.comparing(EndpointId::device).thenComparingLong(EndpointId::inode)))
                .toList();
    }
}
