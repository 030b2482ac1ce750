// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.doctor.HostState.Place;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.policy.PolicySet;
import dev.weir.policy.yaml.PolicyLoader;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which policies of a namespace behind a tunnel are a kill-switch.
class KillSwitchTest {
    private static final int RED = 1;

    private final Sketch host = Sketch.ofTwoOnABridge();

    @BeforeEach
    void redIsBehindATunnel() {
        Place tunnel = host.add(RED, 9, "wg0", "wireguard", 65534, null);
        host.address(tunnel, "192.0.2.2/32");
        host.wayOut(tunnel, "");
        host.route(Sketch.RED, "203.0.113.5/32");
    }

    private void policy(String egress) {
        String yaml = "applies-to: {namespaces: [red]}\negress: " + egress + "\n";
        PolicySet policies = assertInstanceOf(PolicyLoader.Loaded.class, PolicyLoader.parse("red.yaml", yaml))
                .policies();
        host.weir = Sketch.weir(1L, true, policies, List.of(), Set.of(), Set.of(), Map.of(), Map.of());
    }

    private List<String> leaks() {
        List<Finding> findings = host.findings();
        assertTrue(findings.stream().allMatch(each -> each.pitfall() == Pitfall.NO_KILL_SWITCH), findings::toString);
        return findings.stream().map(Finding::what).toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{default: deny}",
                "{default: reject, rules: [{allow: udp/51820, to: 203.0.113.5}]}",
                "{default: deny, rules: [{allow: udp/51820, to: [203.0.113.5, '2001:db8::5']}]}",
                "{default: deny, rules: [{allow: udp/51820, to: host}]}",
                "{rules: [{allow: udp/51820, to: 203.0.113.5}, {deny: any}, {allow: any}]}",
            })
    void nothingButSingleAddressesIsTheTunnels(String egress) {
        policy(egress);
        assertEquals(List.of(), leaks());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{default: allow}|udp/53 to 192.0.2.1 may leave beside it, by red/egress/default",
                "{rules: []}|udp/53 to 192.0.2.1 may leave beside it, by unselected/egress",
                "{default: deny, rules: [{name: dns, allow: udp/53}]}|udp/53 to 192.0.2.1 may leave beside it, by red/egress/dns",
                "{default: deny, rules: [{name: dns, allow: udp/53, to: host}]}|udp/53 to host may leave beside it, by red/egress/dns",
                "{default: deny, rules: [{name: lan, allow: tcp/22, to: 10.9.0.0/31}]}|tcp/22 to 10.9.0.0 may leave beside it, by red/egress/lan",
                "{default: deny, rules: [{name: all, allow: any, to: 'namespace:blue'}]}|udp/53 to namespace blue may leave beside it, by red/egress/all",
                "{default: deny, rules: [{name: six, allow: icmpv6, to: '2001:db8::/32'}]}|icmpv6 to 2001:db8:: may leave beside it, by red/egress/six",
            })
    void everythingElseIsALeak(String egress, String leak) {
        policy(egress);
        assertEquals(List.of("its only way out is the tunnel wg0, but " + leak), leaks());
    }

    @Test
    void namespaceWithAnotherWayOutIsNotMeant() {
        policy("{default: allow}");
        host.wayOut(Sketch.RED, "10.0.0.1");
        assertEquals(List.of(), leaks());
    }

    @Test
    void endOfTheTunnelIsThatOfTheRouteOrAskedOfWireGuard() {
        policy("{default: allow}");
        assertTrue(host.findings().getFirst().mend().contains("to: [\"203.0.113.5\"]"));
        host.spaces.get(RED).routes.clear();
        String mend = host.findings().getFirst().mend();
        assertTrue(mend.startsWith("end=$(ip netns exec red wg show wg0 endpoints | awk "), mend);
        assertTrue(mend.endsWith(" > /etc/weir/policies/0-kill-switch-red.yaml"), mend);
    }
}
