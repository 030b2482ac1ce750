// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.agent.pins.Programs;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.TcxAttachment;
import dev.weir.policy.PolicySet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What the chains of programs on devices mean.
class ProgramsOnDevicesTest {
    private static final Set<Integer> OWN = Set.of(1, 2, 3, 4);
    private static final int VETH_RED = 11;
    private static final int VETH_BLUE = 12;

    private final Sketch host = Sketch.ofTwoOnABridge();
    private final List<Weir.Hook> hooks = new ArrayList<>(List.of(
            hook(VETH_RED, DeviceHook.TCX_INGRESS, weir(1)),
            hook(VETH_RED, DeviceHook.TCX_EGRESS, weir(2)),
            hook(VETH_BLUE, DeviceHook.TCX_INGRESS, weir(3)),
            hook(VETH_BLUE, DeviceHook.TCX_EGRESS, weir(4))));

    private static Weir.Hook hook(int ifindex, DeviceHook hook, Weir.Attached... chain) {
        return new Weir.Hook(ifindex, hook, List.of(chain));
    }

    private static Weir.Attached attached(int link, Programs.Owner owner) {
        return new Weir.Attached(new TcxAttachment(500 + link, link), new Programs.Program("prog", owner));
    }

    private static Weir.Attached weir(int link) {
        return attached(link, Programs.Owner.WEIR);
    }

    private List<String> found(@Nullable Long pid, boolean pinned, Map<Integer, String> unenforced) {
        host.weir = Sketch.weir(
                pid,
                pinned,
                PolicySet.EMPTY,
                hooks,
                Set.of(VETH_RED),
                OWN,
                unenforced,
                Map.of(70, "/sys/fs/bpf/elsewhere"));
        return host.findings().stream()
                .flatMap(each -> Stream.of(each.pitfall().word(), each.where(), each.mend()))
                .toList();
    }

    private List<String> withoutAgent() {
        return found(null, true, Map.of());
    }

    @Test
    void bothHooksOfEachDeviceAreEnough() {
        assertEquals(List.of(), withoutAgent());
        hooks.removeLast();
        assertEquals(List.of("missing-program", "device veth-blue", "weir run"), withoutAgent());
        assertEquals(List.of(), found(7L, true, Map.of()), "an agent that runs knows better");
        assertEquals(List.of(), found(null, false, Map.of()), "where nothing is pinned Weir is not used");
    }

    @Test
    void agentTellsWhatItCannotEnforce() {
        assertEquals(
                List.of("missing-program", "device veth-red", "kill 7 && tail --pid=7 -f /dev/null; weir run"),
                found(7L, true, Map.of(VETH_RED, "no room", 99, "it is gone")));
    }

    @Test
    void othersMatterInFrontOnly() {
        hooks.set(0, hook(VETH_RED, DeviceHook.TCX_INGRESS, weir(1), attached(60, Programs.Owner.OTHERS)));
        assertEquals(List.of(), withoutAgent());
        hooks.set(0, hook(VETH_RED, DeviceHook.TCX_INGRESS, attached(60, Programs.Owner.OTHERS), weir(1)));
        assertEquals(List.of("foreign-program", "device veth-red", "bpftool link detach id 60"), withoutAgent());
        hooks.set(0, hook(VETH_RED, DeviceHook.TCX_INGRESS, attached(0, Programs.Owner.OTHERS), weir(1)));
        assertEquals(
                List.of("foreign-program", "device veth-red", "bpftool net detach tcx_ingress dev veth-red"),
                withoutAgent());
        hooks.add(hook(20, DeviceHook.TCX_INGRESS, attached(61, Programs.Owner.OTHERS)));
        assertEquals(3, withoutAgent().size(), "where Weir is not, others are nobody's business");
    }

    @Test
    void oneOfTwoIsTooMany() {
        hooks.set(0, hook(VETH_RED, DeviceHook.TCX_INGRESS, weir(9), weir(1)));
        assertEquals(List.of("duplicate-program", "device veth-red", "bpftool link detach id 9"), withoutAgent());
    }

    @Test
    void otherWeirIsDetachedByItsPins() {
        hooks.set(0, hook(VETH_RED, DeviceHook.TCX_INGRESS, weir(1), attached(70, Programs.Owner.OTHER_WEIR)));
        assertEquals(
                List.of("duplicate-program", "device veth-red", "weir detach --bpffs /sys/fs/bpf/elsewhere"),
                withoutAgent());
        hooks.set(0, hook(VETH_RED, DeviceHook.TCX_INGRESS, weir(1), attached(71, Programs.Owner.OTHER_WEIR)));
        assertEquals(List.of("duplicate-program", "device veth-red", "bpftool link detach id 71"), withoutAgent());
    }

    @Test
    void worseFindingsComeFirst() {
        host.offloads(Sketch.RED, false, false);
        hooks.removeLast();
        host.weir = Sketch.weir(null, true, PolicySet.EMPTY, hooks, Set.of(), OWN, Map.of(), Map.of());
        assertEquals(
                List.of(Pitfall.MISSING_PROGRAM, Pitfall.SEGMENTATION_OFF),
                host.findings().stream().map(Finding::pitfall).toList());
    }
}
