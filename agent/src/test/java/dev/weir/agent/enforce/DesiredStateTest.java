// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static dev.weir.abi.DeviceKey.onHost;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.enforce.DesiredState.RefusedException;
import dev.weir.agent.netns.World;
import dev.weir.agent.owner.Guard;
import dev.weir.agent.owner.Ownership;
import dev.weir.agent.owner.Place;
import dev.weir.policy.PolicySet;
import dev.weir.policy.compile.PolicyImage;
import dev.weir.policy.yaml.PolicyLoader;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DesiredStateTest {
    private static final IpAddress SHARED = IpAddress.parse("192.0.2.1");
    private static final Map<String, Integer> NUMBERS = Map.of("blue", 2, "red", 3);
    private static final World WORLD = new World(
            List.of(),
            Map.of(),
            List.of(
                    new World.Namespace("blue", 70, List.of(SHARED), true),
                    new World.Namespace("red", 80, List.of(SHARED), true)),
            List.of(),
            List.of(
                    new World.Device(onHost(7), "veth7", "blue", 70, onHost(7), Optional.empty()),
                    new World.Device(onHost(8), "veth8", "red", 80, onHost(8), Optional.empty())),
            List.of(
                    new World.Other(onHost(1), "lo", false, onHost(1)),
                    new World.Other(onHost(3), "br0", true, onHost(3)),
                    new World.Other(onHost(4), "br1", true, onHost(4)),
                    new World.Other(onHost(5), "tun0", false, onHost(5))),
            List.of());
    private static final Guard GUARD = new Guard(onHost(7), 0x0700005e0002L);
    private static final Ownership OWNERSHIP =
            new Ownership(Map.of(new Place(SHARED, onHost(7)), 2), Map.of(onHost(7), GUARD), List.of());

    private final DesiredState state = new DesiredState(WeirConfig.DEFAULT);

    private static PolicySet policies(String yaml) {
        return switch (PolicyLoader.parse("p.yaml", yaml)) {
            case PolicyLoader.Loaded loaded -> loaded.policies();
            case PolicyLoader.Refused refused ->
                throw new IllegalArgumentException(
                        refused.diagnostics().getFirst().render());
        };
    }

    private static PolicyImage image(Desired desired, String namespace) {
        return desired.endpoints().entrySet().stream()
                .filter(entry -> entry.getKey().namespace().equals(namespace))
                .map(entry -> entry.getValue().chain().layers().getFirst())
                .findFirst()
                .orElseThrow();
    }

    private Desired compute(PolicySet policies) throws RefusedException {
        return compute(policies, NUMBERS);
    }

    private Desired compute(PolicySet policies, Map<String, Integer> numbers) throws RefusedException {
        return state.compute(Selection.of(WeirConfig.DEFAULT, WORLD, policies), numbers, OWNERSHIP);
    }

    @Test
    void deviceWithoutANamespaceIsAnEndpointWhileAPolicyNamesIt() throws RefusedException {
        Map<String, Integer> numbers = Map.of("blue", 2, "red", 3, "device:br0", 4);
        PolicySet bridge = policies("{policy: b, applies-to: {devices: [br0]}, ingress: {default: deny}}");
        Map<EndpointId, Desired.Spec> endpoints = compute(bridge, numbers).endpoints();
        Desired.Spec spec = requireNonNull(endpoints.get(new EndpointId(onHost(3), "device:br0", 0)));
        assertEquals(4, spec.namespaceNumber());
        assertEquals("br0", spec.device().name());
        for (String selector : List.of(
                "{namespaces: ['*']}",
                "{namespaces: ['device:*', br0]}",
                "{labels: {tier: web}}",
                "{devices: [veth*]}")) {
            PolicySet others = policies("{policy: o, applies-to: " + selector + ", ingress: {default: deny}}");
            assertEquals(2, compute(others, numbers).endpoints().size(), selector);
        }
    }

    @Test
    void deviceWithoutANamespaceHoldsNoAddressAndIsNobodysPeer() throws RefusedException {
        PolicySet peers = policies(
                "{policy: p, applies-to: {devices: [br0]}, ingress: {rules: [{deny: any, from: 'namespace:*'}]}}");
        Desired without = compute(peers, NUMBERS);
        Desired with = compute(peers, Map.of("blue", 2, "red", 3, "device:br0", 4));
        assertSame(image(without, "device:br0"), image(with, "device:br0"));
        assertEquals(without.addresses(), with.addresses());
    }

    @Test
    void deviceThatCannotBeJudgedIsToldOnlyWhereItIsNamed() {
        PolicySet all = policies("{policy: all, applies-to: {devices: ['*']}, ingress: {default: deny}}");
        Selection selection = Selection.of(WeirConfig.DEFAULT, WORLD, all);
        assertEquals(
                List.of("blue", "red", "device:br0", "device:br1"),
                selection.chosen().stream()
                        .map(chosen -> chosen.device().namespace())
                        .toList());
        assertEquals(Map.of(), selection.unfit());
        PolicySet named = policies("{policy: n, applies-to: {devices: [tun0, 't*']}, ingress: {default: deny}}");
        Selection.Unfit unfit = requireNonNull(
                Selection.of(WeirConfig.DEFAULT, WORLD, named).unfit().get(onHost(5)));
        assertTrue(
                unfit.why().startsWith("policy n applies to tun0, whose frames have no Ethernet header"), unfit::why);
    }

    @Test
    void everyDeviceThatLeadsToASelectedNamespaceIsAnEndpoint() throws RefusedException {
        Desired desired = compute(PolicySet.EMPTY);
        assertEquals(
                Set.of(new EndpointId(onHost(7), "blue", 70), new EndpointId(onHost(8), "red", 80)),
                desired.endpoints().keySet());
        assertEquals(PolicySet.EMPTY.hash(), desired.policyHash());
    }

    @Test
    void addressesAndGuardsAreThoseOfTheirOwners() throws RefusedException {
        PolicySet bridge = policies("{policy: b, applies-to: {devices: [br0]}, ingress: {default: deny}}");
        Desired desired = compute(bridge, Map.of("blue", 2, "red", 3, "device:br0", 4));
        assertEquals(OWNERSHIP.addresses(), desired.addresses());
        assertEquals(
                List.of(new Guard(onHost(3), Guard.OFF), GUARD, new Guard(onHost(8), Guard.OFF)),
                desired.endpoints().values().stream()
                        .sorted(Comparator.comparing(spec -> spec.device().key()))
                        .map(Desired.Spec::guard)
                        .toList());
    }

    @Test
    void imagesAreKeptWhilePoliciesAndNamespacesAreTheSame() throws RefusedException {
        PolicySet web = policies("{policy: web, applies-to: {namespaces: [blue]}, ingress: {default: deny}}");
        Desired first = compute(web);
        Desired second = compute(web);
        assertSame(image(first, "blue"), image(second, "blue"));
        assertNotSame(image(first, "blue"), image(first, "red"));
        assertNotSame(image(first, "blue"), image(compute(PolicySet.EMPTY), "blue"));
    }

    @Test
    void newcomerMakesNewImagesOnlyWhereRulesNameHolders() throws RefusedException {
        PolicySet web = policies("{policy: web, applies-to: {namespaces: [blue]}, ingress: {default: deny}}");
        PolicySet peers = policies(
                "{policy: peers, applies-to: {namespaces: [blue]}, ingress: {rules: [{deny: any, from: 'namespace:r*'}]}}");
        Map<String, Integer> numbers = Map.of("blue", 2, "red", 4);
        assertSame(image(compute(web), "blue"), image(compute(web, numbers), "blue"));
        assertNotEquals(image(compute(peers), "blue"), image(compute(peers, numbers), "blue"));
    }

    @Test
    void namespacesWithEqualPoliciesShareAnImage() throws RefusedException {
        Desired desired = compute(policies("{policy: all, applies-to: {namespaces: ['*']}}"));
        assertSame(image(desired, "blue"), image(desired, "red"));
    }
}
