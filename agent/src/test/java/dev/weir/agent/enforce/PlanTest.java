// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static dev.weir.abi.DeviceKey.onHost;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Verdict;
import dev.weir.agent.netns.World;
import dev.weir.agent.owner.Guard;
import dev.weir.agent.owner.Place;
import dev.weir.policy.compile.PolicyChain;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Desired against actual: which steps, and in which order.
class PlanTest {
    private static final EndpointId BLUE = new EndpointId(onHost(7), "blue", 70);
    private static final EndpointId RED = new EndpointId(onHost(8), "red", 80);
    private static final EndpointId BRIDGE = new EndpointId(onHost(3), "device:br0", 0);
    private static final PolicyChain OPEN = Judge.compile(List.of(), Verdict.ALLOW, List.of());
    private static final PolicyChain CLOSED = Judge.compile(List.of(), Verdict.DENY, List.of());
    private static final Place ADDRESS = new Place(IpAddress.parse("192.0.2.1"), Place.anywhere(DeviceKey.HOST));
    private static final Place OTHER = new Place(IpAddress.parse("192.0.2.2"), onHost(5));
    private static final Guard GUARD = new Guard(onHost(5), 0x0700005e0002L);

    private static Desired.Spec spec(EndpointId id, String device, PolicyChain chain) {
        return new Desired.Spec(device(id, device), 1, GUARD, chain);
    }

    private static World.Device device(EndpointId id, String name) {
        return new World.Device(id.device(), name, id.namespace(), id.inode(), id.device(), Optional.empty());
    }

    private static Actual.Installed installed(String device, PolicyChain chain) {
        return new Actual.Installed(1, device, 1, GUARD, chain);
    }

    private static String steps(Desired desired, Actual actual) {
        return steps(Plan.of(desired, actual));
    }

    private static String steps(Plan plan) {
        return plan.steps().stream()
                .map(step -> switch (step) {
                    case Plan.Detach detach -> "detach " + detach.device();
                    case Plan.Forget forget ->
                        "forget "
                                + forget.ids().stream()
                                        .map(EndpointId::namespace)
                                        .collect(Collectors.joining(","));
                    case Plan.Introduce introduce ->
                        "introduce " + introduce.id().namespace();
                    case Plan.Rename rename -> "rename " + rename.from() + " " + rename.to();
                    case Plan.Switch change ->
                        "switch" + (change.newPolicies() ? " policies" : "")
                                + (change.guards().isEmpty()
                                        ? ""
                                        : " " + change.guards().values()) + " +"
                                + change.granted().keySet() + " -" + change.revoked();
                    case Plan.Attach attach -> "attach " + attach.device();
                    case Plan.Watch _ -> "watch";
                })
                .collect(Collectors.joining("; "));
    }

    @Test
    void nothingToDoIsAnEmptyPlan() {
        Plan plan = Plan.of(
                new Desired("p", Map.of(BLUE, spec(BLUE, "veth7", OPEN)), Map.of(ADDRESS, 1)),
                new Actual(
                        Map.of(BLUE, installed("veth7", OPEN)),
                        Map.of(ADDRESS, 1),
                        Set.of(onHost(7)),
                        "p",
                        true,
                        false));
        assertTrue(plan.isEmpty(), plan::toString);
    }

    @Test
    void endpointIsJudgedBeforeItsDeviceCarriesPackets() {
        assertEquals(
                "introduce blue; introduce red; switch policies +[192.0.2.1] -[]; attach veth7; attach veth8",
                steps(
                        new Desired(
                                "p",
                                Map.of(RED, spec(RED, "veth8", OPEN), BLUE, spec(BLUE, "veth7", OPEN)),
                                Map.of(ADDRESS, 1)),
                        new Actual(Map.of(), Map.of(), Set.of(), "", true, true)));
    }

    @Test
    void deviceStopsCarryingBeforeItsEndpointIsForgotten() {
        assertEquals(
                "detach 7; forget blue; switch +[] -[192.0.2.1]",
                steps(
                        new Desired("p", Map.of(), Map.of()),
                        new Actual(
                                Map.of(BLUE, installed("veth7", OPEN)),
                                Map.of(ADDRESS, 1),
                                Set.of(onHost(7)),
                                "p",
                                true,
                                false)));
    }

    @Test
    void deviceThatLeadsToAnotherNamespaceIsAnotherEndpointWithoutAGap() {
        EndpointId reused = new EndpointId(onHost(7), "red", 80);
        assertEquals(
                "forget blue; introduce red; attach veth7",
                steps(
                        new Desired("p", Map.of(reused, spec(reused, "veth7", OPEN)), Map.of()),
                        new Actual(
                                Map.of(BLUE, installed("veth7", OPEN)),
                                Map.of(),
                                Set.of(onHost(7)),
                                "p",
                                true,
                                false)));
    }

    @Test
    void renamedDeviceKeepsItsEndpoint() {
        assertEquals(
                "rename veth7 eth-blue",
                steps(
                        new Desired("p", Map.of(BLUE, spec(BLUE, "eth-blue", OPEN)), Map.of()),
                        new Actual(
                                Map.of(BLUE, installed("veth7", OPEN)),
                                Map.of(),
                                Set.of(onHost(7)),
                                "p",
                                true,
                                false)));
    }

    @Test
    void lostLinkIsAttachedAgain() {
        assertEquals(
                "attach veth7",
                steps(
                        new Desired("p", Map.of(BLUE, spec(BLUE, "veth7", OPEN)), Map.of()),
                        new Actual(Map.of(BLUE, installed("veth7", OPEN)), Map.of(), Set.of(), "p", true, false)));
    }

    @Test
    void deviceThatAPolicyBeginsToSelectIsAttachedBeforeItsPoliciesAreInForce() {
        Desired desired = new Desired("p", Map.of(BRIDGE, spec(BRIDGE, "br0", CLOSED)), Map.of());
        Actual nothing = new Actual(Map.of(), Map.of(), Set.of(), "o", true, false);
        assertEquals("introduce device:br0; attach br0; watch; switch policies +[] -[]", steps(desired, nothing));
        Plan plan = Plan.of(desired, nothing);
        assertEquals(List.of(Plan.OPEN, CLOSED), plan.chains());
        assertEquals(Map.of(BRIDGE, CLOSED), chains(plan));
        Actual newToTheHost = new Actual(Map.of(), Map.of(), Set.of(), "p", true, false);
        assertEquals("introduce device:br0; attach br0", steps(desired, newToTheHost));
        assertEquals(List.of(CLOSED), Plan.of(desired, newToTheHost).chains());
        Actual lost = new Actual(Map.of(BRIDGE, installed("br0", CLOSED)), Map.of(), Set.of(), "p", true, false);
        assertEquals("attach br0", steps(desired, lost));
        Actual adopted =
                new Actual(Map.of(BRIDGE, installed("br0", CLOSED)), Map.of(), Set.of(onHost(3)), "p", true, true);
        assertEquals("switch +[] -[]; attach br0", steps(desired, adopted));
    }

    @Test
    void deviceOfWhichOneHookWasAttachedWhenTheAgentDiedIsAttachedBeforeItsPoliciesAreInForce() {
        Desired desired = new Desired("p", Map.of(BRIDGE, spec(BRIDGE, "br0", CLOSED)), Map.of());
        Actual half = new Actual(Map.of(BRIDGE, installed("br0", OPEN)), Map.of(), Set.of(), "o", true, true);
        assertEquals("attach br0; watch; switch policies +[] -[]", steps(desired, half));
    }

    @Test
    void deviceOfWhichOneHookWasAttachedWhenTheAgentDiedIsDetachedIfItIsNotWantedAnyMore() {
        Actual half = new Actual(Map.of(BLUE, installed("veth7", OPEN)), Map.of(), Set.of(), "p", true, true);
        assertEquals("detach 7; forget blue; switch +[] -[]", steps(new Desired("p", Map.of(), Map.of()), half));
    }

    @Test
    void deviceThatNoPolicySelectsAnyMoreIsLeftOnceNoPacketIsJudgedByTheOldOnes() {
        Desired desired = new Desired("q", Map.of(BLUE, spec(BLUE, "veth7", OPEN)), Map.of());
        Actual.Installed blue = installed("veth7", OPEN);
        Actual before = new Actual(
                Map.of(BLUE, blue, BRIDGE, installed("br0", CLOSED)),
                Map.of(),
                Set.of(onHost(3), onHost(7)),
                "p",
                true,
                false);
        assertEquals("switch policies +[] -[]", steps(desired, before));
        assertEquals(Map.of(BLUE, OPEN, BRIDGE, Plan.OPEN), chains(Plan.of(desired, before)));

        Map<EndpointId, Actual.Installed> open = Map.of(BLUE, blue, BRIDGE, installed("br0", Plan.OPEN));
        assertEquals("", steps(desired, new Actual(open, Map.of(), Set.of(onHost(3), onHost(7)), "q", false, false)));
        assertEquals(
                "detach 3; forget device:br0",
                steps(desired, new Actual(open, Map.of(), Set.of(onHost(3), onHost(7)), "q", true, false)));
    }

    @Test
    void deviceThatIsGoneOrHasAnotherNameIsForgottenAtOnce() {
        Actual gone = new Actual(Map.of(BRIDGE, installed("br0", CLOSED)), Map.of(), Set.of(), "p", false, false);
        assertEquals("detach 3; forget device:br0", steps(new Desired("p", Map.of(), Map.of()), gone));
        EndpointId renamed = new EndpointId(onHost(3), "device:br1", 0);
        Actual there =
                new Actual(Map.of(BRIDGE, installed("br0", CLOSED)), Map.of(), Set.of(onHost(3)), "p", true, false);
        assertEquals(
                "forget device:br0; introduce device:br1; attach br1",
                steps(new Desired("p", Map.of(renamed, spec(renamed, "br1", CLOSED)), Map.of()), there));
    }

    @Test
    void fromOneLayoutToAnotherOnlyWhatIsThereIsMoved() {
        EndpointId gone = new EndpointId(onHost(5), "green", 50);
        Desired desired = new Desired(
                "p", Map.of(RED, spec(RED, "veth8", OPEN), BLUE, spec(BLUE, "blue7", OPEN)), Map.of(ADDRESS, 1));
        Actual actual = new Actual(
                Map.of(
                        BLUE, installed("veth7", CLOSED),
                        BRIDGE, installed("br0", CLOSED),
                        gone, installed("veth5", CLOSED)),
                Map.of(),
                Set.of(onHost(3), onHost(5), onHost(7)),
                "o",
                true,
                true);
        assertEquals(
                "detach 5; forget green; rename veth7 blue7; introduce red; switch policies +[192.0.2.1] -[]; attach blue7; attach veth8",
                steps(desired, actual));
        assertEquals(
                "detach 5; switch policies +[192.0.2.1] -[]; attach br0; attach veth7",
                steps(Plan.of(desired, actual).movingOnly(actual)),
                "the bridge stays until the old generation is retired");
    }

    private static Map<EndpointId, PolicyChain> chains(Plan plan) {
        return plan.steps().stream()
                .filter(Plan.Switch.class::isInstance)
                .map(step -> ((Plan.Switch) step).chains())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyChangeOfVerdictsIsOneSwitch() {
        Map<EndpointId, Desired.Spec> blue = Map.of(BLUE, spec(BLUE, "veth7", OPEN));
        Desired.Spec moved = new Desired.Spec(device(BLUE, "veth7"), 1, new Guard(onHost(6), Guard.NOBODY), OPEN);
        Map<EndpointId, Actual.Installed> same = Map.of(BLUE, installed("veth7", OPEN));
        assertEquals(
                "switch +[] -[]",
                steps(
                        new Desired("p", blue, Map.of()),
                        new Actual(
                                Map.of(BLUE, installed("veth7", CLOSED)),
                                Map.of(),
                                Set.of(onHost(7)),
                                "p",
                                true,
                                false)));
        assertEquals(
                "switch [no address granted on segment 6] +[] -[]",
                steps(
                        new Desired("p", Map.of(BLUE, moved), Map.of()),
                        new Actual(same, Map.of(), Set.of(onHost(7)), "p", true, false)));
        assertEquals(
                "switch policies +[] -[]",
                steps(
                        new Desired("q", blue, Map.of()),
                        new Actual(same, Map.of(), Set.of(onHost(7)), "p", true, false)));
        assertEquals(
                "switch +[] -[]; attach veth7",
                steps(
                        new Desired("p", blue, Map.of()),
                        new Actual(same, Map.of(), Set.of(onHost(7)), "p", true, true)));
        assertEquals(
                "switch +[192.0.2.2 on segment 5] -[192.0.2.1]",
                steps(
                        new Desired("p", blue, Map.of(OTHER, 1)),
                        new Actual(same, Map.of(ADDRESS, 1), Set.of(onHost(7)), "p", true, false)));
        assertEquals(
                "switch +[192.0.2.1] -[]",
                steps(
                        new Desired("p", blue, Map.of(ADDRESS, 2)),
                        new Actual(same, Map.of(ADDRESS, 1), Set.of(onHost(7)), "p", true, false)));
    }
}
