// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.DeviceKey;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.World;
import dev.weir.policy.Glob;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which devices policies are to be enforced on: those that lead to a namespace that weir.yaml includes, and others
/// as soon as a policy selects them.
///
/// @param world that was looked at
/// @param policies that were asked
/// @param chosen those devices
/// @param unfit why another that a policy names cannot be enforced
/// @param known every device that policies may select
record Selection(
        World world, PolicySet policies, List<Chosen> chosen, Map<DeviceKey, Unfit> unfit, List<Target> known) {
    /// Nothing is known yet.
    static final Selection NONE = new Selection(World.EMPTY, PolicySet.EMPTY, List.of(), Map.of(), List.of());

    Selection {
        chosen = List.copyOf(chosen);
        unfit = Map.copyOf(unfit);
        known = List.copyOf(known);
    }

    /// @param policies that select it, in the order of judgement
    record Chosen(World.Device device, List<Policy> policies) {
        Chosen {
            policies = List.copyOf(policies);
        }
    }

    /// @param why a sentence for users
    record Unfit(World.Device device, String why) {}

    static Selection of(WeirConfig config, World world, PolicySet policies) {
        List<Chosen> chosen = new ArrayList<>();
        Map<DeviceKey, Unfit> unfit = new HashMap<>();
        List<Target> known = new ArrayList<>();
        for (World.Device device : world.devices()) {
            if (config.namespaces().selects(device.namespace())) {
                Target target = config.namespaces().target(device.namespace(), device.name());
                known.add(target);
                chosen.add(new Chosen(device, policies.selecting(target)));
            }
        }
        for (World.Other other : world.others()) {
            Target target = Target.ofDevice(other.name());
            known.add(target);
            World.Device device =
                    World.Device.of(other, Target.DEVICE_PREFIX + world.called(other.key(), other.name()));
            List<Policy> selecting = policies.selecting(target);
            if (other.ethernet() && target.isJudgedBy(selecting)) {
                chosen.add(new Chosen(device, selecting));
            } else {
                selecting.stream()
                        .filter(policy -> names(policy, other.name()))
                        .findFirst()
                        .ifPresent(policy -> unfit.put(other.key(), new Unfit(device, why(policy, other.name()))));
            }
        }
        return new Selection(world, policies, chosen, unfit, known);
    }

    /// Whoever needs a number: first what is enforced, because flows and quotas are kept by it, then whoever else
    /// may be a peer.
    ///
    /// @param installed what the kernel has endpoints for
    Set<String> names(Set<EndpointId> installed) {
        Set<String> names = new LinkedHashSet<>();
        installed.stream().filter(EndpointId::isDevice).forEach(id -> names.add(id.namespace()));
        chosen.forEach(each -> names.add(each.device().namespace()));
        world.devices().forEach(device -> names.add(device.namespace()));
        return names;
    }

    /// A pattern does not mean what it matches by chance, such as the loopback.
    private static boolean names(Policy policy, String device) {
        return policy.appliesTo().devices().stream().filter(Glob::isName).anyMatch(glob -> glob.matches(device));
    }

    private static String why(Policy policy, String device) {
        return "policy %s applies to %s, whose frames have no Ethernet header: only Ethernet devices can be judged; name the device that its packets come in from or leave by, or the namespace that they belong to"
                .formatted(policy.name(), device);
    }
}
