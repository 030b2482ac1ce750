// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.IpAddress;
import dev.weir.policy.compile.ImageRule;
import dev.weir.policy.compile.PolicyChain;
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
/// judged
/// by its
/// policies before its device carries a packet through the programs, and it is taken out of service before it is
/// forgotten.
record Plan(List<Step> steps) {

    Plan {
        steps = List.copyOf(steps);
    }

    sealed interface Step {}

    /// Takes the programs off a device that should no longer carry them.
    record Detach(int ifindex) implements Step {}

    /// Removes endpoints, their flows and their counters.
    record Forget(List<EndpointId> ids) implements Step {
        Forget {
            ids = List.copyOf(ids);
        }
    }

    /// Gives an endpoint a slot, its chain and its counters; nothing is judged by it yet.
    record Introduce(EndpointId id, Desired.Spec spec) implements Step {}

    /// Writes a device's new name.
    record Rename(EndpointId id, String from, String to) implements Step {}

    /// Moves all endpoints to the next epoch in one store.
    ///
    /// @param newPolicies whether it is a new generation too
    /// @param chains what judges each endpoint from then on
    /// @param granted addresses that get or change their holder
    /// @param revoked addresses that nobody holds any more
    record Switch(
            boolean newPolicies,
            Map<EndpointId, PolicyChain> chains,
            Map<IpAddress, Integer> granted,
            Set<IpAddress> revoked)
            implements Step {
        @Override
        public String toString() {
            return "Switch[newPolicies=%s, endpoints=%d, granted=%s, revoked=%s]"
                    .formatted(newPolicies, chains.size(), granted, revoked);
        }
    }

    /// Lets the packets of a device find its endpoint, and attaches the programs, or puts them in the place of
    /// older
    /// ones.
    record Attach(EndpointId id, String device) implements Step {}

    boolean isEmpty() {
        return steps.isEmpty();
    }

    /// A line a step, for the log.
    @Override
    public String toString() {
        return steps.stream().map(Step::toString).collect(Collectors.joining("\n"));
    }

    static Plan of(Desired desired, Actual actual) {
        List<Step> steps = new ArrayList<>();
        Set<Integer> wanted = desired.endpoints().keySet().stream()
                .map(EndpointId::ifindex)
                .collect(Collectors.toCollection(TreeSet::new));

        for (int ifindex : new TreeSet<>(actual.attached())) {
            if (!wanted.contains(ifindex)) {
                steps.add(new Detach(ifindex));
            }
        }
        List<EndpointId> gone = sorted(actual.endpoints()).stream()
                .map(Map.Entry::getKey)
                .filter(id -> !desired.endpoints().containsKey(id))
                .toList();
        if (!gone.isEmpty()) {
            steps.add(new Forget(gone));
        }
        for (var spec : sorted(desired.endpoints())) {
            Actual.Installed installed = actual.endpoints().get(spec.getKey());
            String name = spec.getValue().device().name();
            if (installed == null) {
                steps.add(new Introduce(spec.getKey(), spec.getValue()));
            } else if (!installed.device().equals(name)) {
                steps.add(new Rename(spec.getKey(), installed.device(), name));
            }
        }
        switchTo(desired, actual, steps);
        for (var spec : sorted(desired.endpoints())) {
            EndpointId id = spec.getKey();
            boolean carried =
                    actual.endpoints().containsKey(id) && actual.attached().contains(id.ifindex());
            if (!carried || actual.fresh()) { // what an earlier agent attached gets the programs of this one
                steps.add(new Attach(id, spec.getValue().device().name()));
            }
        }
        return new Plan(steps);
    }

    /// One epoch for whatever changes verdicts: policies, chains, or who holds an address. The first turn of an
    /// agent
    /// always
    /// makes one, because the agent before it may have died between an address and its epoch.
    private static void switchTo(Desired desired, Actual actual, List<Step> steps) {
        boolean newPolicies = !desired.policyHash().equals(actual.policyHash());
        boolean newChains = desired.endpoints().entrySet().stream().anyMatch(spec -> {
            Actual.Installed installed = actual.endpoints().get(spec.getKey());
            return installed != null && !same(spec.getValue().chain(), installed.chain());
        });
        Map<IpAddress, Integer> granted = new HashMap<>(desired.addresses());
        granted.entrySet().removeAll(actual.addresses().entrySet());
        Set<IpAddress> revoked = new TreeSet<>(actual.addresses().keySet());
        revoked.removeAll(desired.addresses().keySet());

        if (newPolicies || newChains || !granted.isEmpty() || !revoked.isEmpty() || actual.fresh()) {
            Map<EndpointId, PolicyChain> chains = desired.endpoints().entrySet().stream()
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, spec -> spec.getValue().chain()));
            steps.add(new Switch(newPolicies, chains, granted, revoked));
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
                        Comparator.comparingInt(EndpointId::ifindex).thenComparingLong(EndpointId::inode)))
                .toList();
    }
}
