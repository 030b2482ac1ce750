// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.Limits;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.World;
import dev.weir.agent.owner.Ownership;
import dev.weir.policy.Policy;
import dev.weir.policy.compile.Compilation;
import dev.weir.policy.compile.HolderRef;
import dev.weir.policy.compile.PolicyChain;
import dev.weir.policy.compile.PolicyCompiler;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Computes what should be enforced. A turn compiles only what changed since the last one: the compiler remembers.
final class DesiredState {
    private final WeirConfig config;
    private final PolicyCompiler compiler;

    DesiredState(WeirConfig config) {
        this.config = config;
        this.compiler = new PolicyCompiler(config.unselected(), Limits.IMAGES_BYTES / 2);
    }

    /// @param numbers of the namespaces that devices lead to and of all devices to be enforced that lead to none
    /// @param ownership who holds what in this world
    /// @throws RefusedException when policies are too large; the message names them
    Desired compute(Selection selection, Map<String, Integer> numbers, Ownership ownership) throws RefusedException {
        World world = selection.world();
        List<HolderRef> universe = universe(world, numbers);
        Map<EndpointId, Desired.Spec> endpoints = new HashMap<>();
        Map<List<String>, Compilation> compiled = new HashMap<>(); // most endpoints have the policies of another
        for (Selection.Chosen chosen : selection.chosen()) {
            World.Device device = chosen.device();
            List<String> names = chosen.policies().stream().map(Policy::name).toList();
            Compilation compilation =
                    compiled.computeIfAbsent(names, _ -> compiler.compile(chosen.policies(), universe));
            int number = numbers.getOrDefault(device.namespace(), 0);
            endpoints.put(
                    EndpointId.of(device),
                    new Desired.Spec(device, number, ownership.guard(device), chain(compilation)));
        }
        compiler.forgetUnused();
        return new Desired(selection.policies().hash(), endpoints, ownership.addresses());
    }

    /// Whoever may hold addresses: the host and the namespaces, but no other device.
    private List<HolderRef> universe(World world, Map<String, Integer> numbers) {
        Stream<HolderRef> namespaces = world.namespaces().stream()
                .map(World.Namespace::name)
                .filter(numbers::containsKey)
                .map(name -> new HolderRef(
                        numbers.getOrDefault(name, 0), config.namespaces().holder(name)));
        return Stream.concat(Stream.of(HolderRef.HOST), namespaces)
                .sorted(Comparator.comparingInt(HolderRef::number))
                .toList();
    }

    private static PolicyChain chain(Compilation compilation) throws RefusedException {
        return switch (compilation) {
            case Compilation.Compiled compiled -> compiled.chain();
            case Compilation.TooLarge tooLarge -> throw new RefusedException(tooLarge.message());
        };
    }

    /// The policies are valid, but cannot be enforced.
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1;

        RefusedException(String message) {
            super(message);
        }
    }
}
