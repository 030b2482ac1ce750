// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.World;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.compile.Compilation;
import dev.weir.policy.compile.NamespaceRef;
import dev.weir.policy.compile.PolicyCompiler;
import dev.weir.policy.compile.PolicyImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Computes what should be enforced. Images are kept from turn to turn for as long as the policies and the namespaces
/// are
/// the same, so a turn that changes neither compiles nothing.
final class DesiredState {
    private final WeirConfig config;
    private final Map<List<Policy>, PolicyImage> images = new HashMap<>();
    private PolicySet compiledFrom = PolicySet.EMPTY;
    private List<NamespaceRef> compiledFor = List.of();

    DesiredState(WeirConfig config) {
        this.config = config;
    }

    /// @param numbers of all namespaces of the world, but those that got none
    /// @param holders who holds each address in the kernel now: a namespace keeps what it holds for as long as
    /// it does
    /// @throws RefusedException when policies are too large; the message names them
    Desired compute(World world, PolicySet policies, Map<String, Integer> numbers, Map<IpAddress, Integer> holders)
            throws RefusedException {
        List<NamespaceRef> universe = numbers.entrySet().stream()
                .map(number -> new NamespaceRef(number.getValue(), number.getKey()))
                .sorted(Comparator.comparingInt(NamespaceRef::number))
                .toList();
        if (!policies.equals(compiledFrom) || !universe.equals(compiledFor)) {
            images.clear();
            compiledFrom = policies;
            compiledFor = universe;
        }
        Map<EndpointId, Desired.Spec> endpoints = new HashMap<>();
        for (World.Device device : world.devices()) {
            if (config.namespaces().selects(device.namespace())) {
                PolicyImage image = image(policies.selecting(device.namespace()));
                int number = numbers.getOrDefault(device.namespace(), 0);
                endpoints.put(EndpointId.of(device), new Desired.Spec(device, number, image));
            }
        }
        return new Desired(policies.hash(), endpoints, addresses(world, numbers, holders));
    }

    private PolicyImage image(List<Policy> policies) throws RefusedException {
        PolicyImage known = images.get(policies);
        if (known != null) {
            return known;
        }
        return switch (PolicyCompiler.compile(policies, config.unselected(), compiledFor, Limits.IMAGES_BYTES / 2)) {
            case Compilation.Compiled compiled -> {
                images.put(policies, compiled.image());
                yield compiled.image();
            }
            case Compilation.TooLarge tooLarge -> throw new RefusedException(tooLarge.message());
        };
    }

    /// Who holds each address. Where two namespaces claim one, the one that holds it already keeps it; else the first
    /// by
    /// name gets it.
    private static Map<IpAddress, Integer> addresses(
            World world, Map<String, Integer> numbers, Map<IpAddress, Integer> holders) {
        Map<IpAddress, List<Integer>> claims = new HashMap<>();
        for (World.Namespace namespace : world.namespaces()) {
            Integer number = numbers.get(namespace.name());
            if (number != null) {
                Set<IpAddress> distinct = new HashSet<>(namespace.addresses());
                for (IpAddress address : distinct) {
                    claims.computeIfAbsent(address, unclaimed -> new ArrayList<>())
                            .add(number);
                }
            }
        }
        Map<IpAddress, Integer> granted = new HashMap<>();
        claims.forEach((address, claimants) -> {
            Integer holder = holders.get(address);
            if (holder != null && claimants.contains(holder)) {
                granted.put(address, holder);
            }
        });
        new TreeMap<>(claims).forEach((address, claimants) -> {
            if (granted.size() < Limits.MAX_ADDRESSES) {
                granted.putIfAbsent(address, claimants.getFirst());
            }
        });
        return granted;
    }

    /// The policies are valid, but cannot be enforced.
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        RefusedException(String message) {
            super(message);
        }
    }
}
