// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

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
        return state.compute(WORLD, policies, NUMBERS, holders);
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
        World claimed = new World(List.of(SHARED), WORLD.namespaces(), WORLD.devices(), List.of());
        assertEquals(
                Limits.HOST_NUMBER,
                state.compute(claimed, PolicySet.EMPTY, NUMBERS, Map.of(SHARED, 2))
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
        assertSame(image(compute(web, Map.of()), "blue"), image(state.compute(WORLD, web, numbers, Map.of()), "blue"));
        assertNotEquals(
                image(compute(peers, Map.of()), "blue"), image(state.compute(WORLD, peers, numbers, Map.of()), "blue"));
    }

    @Test
    void namespacesWithEqualPoliciesShareAnImage() throws RefusedException {
        Desired desired = compute(policies("{policy: all, applies-to: {namespaces: ['*']}}"), Map.of());
        assertSame(image(desired, "blue"), image(desired, "red"));
    }
}
