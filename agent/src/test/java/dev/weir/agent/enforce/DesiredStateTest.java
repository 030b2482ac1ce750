// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.enforce.DesiredState.RefusedException;
import dev.weir.agent.netns.World;
import dev.weir.policy.PolicySet;
import dev.weir.policy.compile.PolicyImage;
import dev.weir.policy.yaml.PolicyLoader;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DesiredStateTest {
    private static final IpAddress SHARED = IpAddress.parse("192.0.2.1");
    private static final IpAddress OWN = IpAddress.parse("2001:db8::1");
    private static final Map<String, Integer> NUMBERS = Map.of("blue", 2, "red", 3);
    private static final IpAddress HOSTS = IpAddress.parse("198.51.100.1");
    private static final World WORLD = new World(
            List.of(HOSTS),
            List.of(
                    new World.Namespace("blue", 70, List.of(SHARED, SHARED)),
                    new World.Namespace("red", 80, List.of(SHARED, OWN)),
                    new World.Namespace("unnumbered", 90, List.of(IpAddress.parse("192.0.2.9")))),
            List.of(new World.Device(7, "veth7", "blue", 70), new World.Device(8, "veth8", "red", 80)),
            List.of(
                    new World.Other(1, "lo", false),
                    new World.Other(3, "br0", true),
                    new World.Other(4, "br1", true),
                    new World.Other(5, "tun0", false)),
            List.of());

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

    private Desired compute(PolicySet policies, Map<IpAddress, Integer> holders) throws RefusedException {
        return compute(WORLD, policies, NUMBERS, holders);
    }

    private Desired compute(
            World world, PolicySet policies, Map<String, Integer> numbers, Map<IpAddress, Integer> holders)
            throws RefusedException {
        return state.compute(Selection.of(WeirConfig.DEFAULT, world, policies), numbers, holders);
    }

    @Test
    void deviceWithoutANamespaceIsAnEndpointWhileAPolicyNamesIt() throws RefusedException {
        Map<String, Integer> numbers = Map.of("blue", 2, "red", 3, "device:br0", 4);
        PolicySet bridge = policies("{policy: b, applies-to: {devices: [br0]}, ingress: {default: deny}}");
        Map<EndpointId, Desired.Spec> endpoints =
                compute(WORLD, bridge, numbers, Map.of()).endpoints();
        Desired.Spec spec = requireNonNull(endpoints.get(new EndpointId(3, "device:br0", 0)));
        assertEquals(4, spec.namespaceNumber());
        assertEquals("br0", spec.device().name());
        for (String selector : List.of(
                "{namespaces: ['*']}",
                "{namespaces: ['device:*', br0]}",
                "{labels: {tier: web}}",
                "{devices: [veth*]}")) {
            PolicySet others = policies("{policy: o, applies-to: " + selector + ", ingress: {default: deny}}");
            assertEquals(
                    2, compute(WORLD, others, numbers, Map.of()).endpoints().size(), selector);
        }
    }

    @Test
    void deviceWithoutANamespaceHoldsNoAddressAndIsNobodysPeer() throws RefusedException {
        PolicySet peers = policies(
                "{policy: p, applies-to: {devices: [br0]}, ingress: {rules: [{deny: any, from: 'namespace:*'}]}}");
        Desired without = compute(WORLD, peers, NUMBERS, Map.of());
        Desired with = compute(WORLD, peers, Map.of("blue", 2, "red", 3, "device:br0", 4), Map.of());
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
                Selection.of(WeirConfig.DEFAULT, WORLD, named).unfit().get(5));
        assertTrue(
                unfit.why().startsWith("policy n applies to tun0, whose frames have no Ethernet header"), unfit::why);
    }

    @Test
    void everyDeviceThatLeadsToASelectedNamespaceIsAnEndpoint() throws RefusedException {
        Desired desired = compute(PolicySet.EMPTY, Map.of());
        assertEquals(
                Set.of(new EndpointId(7, "blue", 70), new EndpointId(8, "red", 80)),
                desired.endpoints().keySet());
        assertEquals(PolicySet.EMPTY.hash(), desired.policyHash());
    }

    @Test
    void addressThatTwoClaimGoesToTheFirstByName() throws RefusedException {
        assertEquals(
                Map.of(HOSTS, Limits.HOST_NUMBER, SHARED, 2, OWN, 3),
                compute(PolicySet.EMPTY, Map.of()).addresses());
    }

    @Test
    void whoHoldsAnAddressKeepsItForAsLongAsItClaimsIt() throws RefusedException {
        assertEquals(3, compute(PolicySet.EMPTY, Map.of(SHARED, 3)).addresses().get(SHARED));
        assertEquals(2, compute(PolicySet.EMPTY, Map.of(SHARED, 4)).addresses().get(SHARED));
        assertEquals(3, compute(PolicySet.EMPTY, Map.of(OWN, 2)).addresses().get(OWN));
    }

    @Test
    void noNamespaceGetsAnAddressOfTheHost() throws RefusedException {
        World claimed = new World(List.of(SHARED), WORLD.namespaces(), WORLD.devices(), List.of(), List.of());
        assertEquals(
                Limits.HOST_NUMBER,
                compute(claimed, PolicySet.EMPTY, NUMBERS, Map.of(SHARED, 2))
                        .addresses()
                        .get(SHARED));
    }

    @Test
    void imagesAreKeptWhilePoliciesAndNamespacesAreTheSame() throws RefusedException {
        PolicySet web = policies("{policy: web, applies-to: {namespaces: [blue]}, ingress: {default: deny}}");
        Desired first = compute(web, Map.of());
        Desired second = compute(web, Map.of(SHARED, 3));
        assertSame(image(first, "blue"), image(second, "blue"));
        assertNotSame(image(first, "blue"), image(first, "red"));
        assertNotSame(image(first, "blue"), image(compute(PolicySet.EMPTY, Map.of()), "blue"));
    }

    @Test
    void newcomerMakesNewImagesOnlyWhereRulesNameHolders() throws RefusedException {
        PolicySet web = policies("{policy: web, applies-to: {namespaces: [blue]}, ingress: {default: deny}}");
        PolicySet peers = policies(
                "{policy: peers, applies-to: {namespaces: [blue]}, ingress: {rules: [{deny: any, from: 'namespace:r*'}]}}");
        Map<String, Integer> numbers = Map.of("blue", 2, "red", 4);
        assertSame(image(compute(web, Map.of()), "blue"), image(compute(WORLD, web, numbers, Map.of()), "blue"));
        assertNotEquals(
                image(compute(peers, Map.of()), "blue"), image(compute(WORLD, peers, numbers, Map.of()), "blue"));
    }

    @Test
    void namespacesWithEqualPoliciesShareAnImage() throws RefusedException {
        Desired desired = compute(policies("{policy: all, applies-to: {namespaces: ['*']}}"), Map.of());
        assertSame(image(desired, "blue"), image(desired, "red"));
    }
}
