// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.OnChange;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SelectorTest {
    private static final Target BRIDGE = Target.ofDevice("br0");
    private static final Target BLUE = new Target(Optional.of("blue"), Map.of("tier", "web"), "veth-blue");

    private static Selector devices(String glob) {
        return new Selector(List.of(), new TreeMap<>(), List.of(new Glob(glob)));
    }

    @Test
    void noPatternOfNamespacesSelectsADeviceWithoutOne() {
        for (String glob : List.of("*", "device:*", "device:br0", "br0")) {
            assertFalse(Selector.ofNamespaces(List.of(new Glob(glob))).matches(BRIDGE), glob);
        }
        Selector labels = new Selector(List.of(), new TreeMap<>(Map.of("tier", "web")), List.of());
        assertFalse(labels.matches(BRIDGE));
        assertTrue(labels.matches(BLUE));
    }

    @Test
    void namesAndPatternsOfDevicesSelectWhateverIsBehind() {
        assertTrue(devices("br0").matches(BRIDGE));
        assertTrue(devices("br*").matches(BRIDGE));
        assertFalse(devices("br1").matches(BRIDGE));
        assertTrue(devices("*").matches(BRIDGE));
        assertTrue(devices("veth-*").matches(BLUE));
        assertFalse(devices("device:br0").matches(BRIDGE));
    }

    @Test
    void endpointIsCalledByItsNamespaceOrElseByItsDevice() {
        assertEquals("blue", BLUE.name());
        assertEquals("device:br0", BRIDGE.name());
    }

    @Test
    void deviceWithoutANamespaceIsLeftAloneUnlessAPolicySelectsIt() {
        Policy any = new Policy(
                "any",
                "any.yaml",
                100,
                Mode.ENFORCE,
                OnChange.REEVALUATE,
                devices("br0"),
                Section.EMPTY,
                Section.EMPTY,
                new SourcePosition(1, 1));
        assertTrue(BLUE.isJudgedBy(List.of()));
        assertFalse(BRIDGE.isJudgedBy(List.of()));
        assertTrue(BRIDGE.isJudgedBy(List.of(any)));
    }
}
