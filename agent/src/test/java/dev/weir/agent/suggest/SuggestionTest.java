// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.suggest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.Golden;
import dev.weir.agent.view.SampleView;
import dev.weir.agent.view.Verdict;
import dev.weir.policy.Policy;
import dev.weir.policy.yaml.PolicyLoader;
import java.util.List;
import org.junit.jupiter.api.Test;

/// How a suggestion reads.
class SuggestionTest {
    private static final Suggestion.Request REQUEST = new Suggestion.Request("blue", "blue", Long.MAX_VALUE);
    private final Town town = new Town();

    @Test
    void suggestionSaysWhatItKnows() throws Exception {
        town.ingress("10.10.0.2", "tcp/80").bytes(1_500_000);
        town.ingress("10.10.0.2", "tcp/443");
        town.ingress("10.10.0.4", "tcp/80");
        town.ingress("10.10.0.4", "tcp/443").handshake(0);
        town.ingress("10.10.0.1", "icmp/8/0");
        town.egress("10.10.0.1", "udp/53").answered(false);
        town.egress("2001:db8::5", "udp/53").verdict(Verdict.AUDIT);
        town.egress("192.0.2.9", "proto/47");
        town.egress("192.0.2.9", "tcp/22").verdict(Verdict.DENY);
        Observation seen = town.observed();
        SampleView view = new SampleView();
        view.events.forEach(seen::event);
        Golden.assertGolden("suggest/small.yaml", Suggestion.text(REQUEST, seen, List.of("base", "web")));
    }

    @Test
    void manyAddressesAreSetsAndPrefixesOnlyWhereAllWasSeen() throws Exception {
        for (int host = 16; host < 64; host++) {
            if (host != 40) {
                town.ingress("192.0.2." + host, "tcp/8443");
            }
        }
        for (int host = 0; host < 16; host++) {
            town.ingress("198.51.100." + (2 * host), "tcp/443");
            town.ingress("198.51.100." + (2 * host), "udp/443");
            town.egress("198.51.100." + (2 * host), "tcp/179");
        }
        for (int port = 8000; port < 8004; port++) {
            town.ingress("10.10.0.2", "tcp/" + port);
        }
        town.ingress("10.10.0.2", "tcp/8005");
        town.ingress("10.10.0.2", "tcp/8006");
        Golden.assertGolden("suggest/sets.yaml", Suggestion.text(REQUEST, town.observed(), List.of()));
    }

    @Test
    void serviceOfManyIsForAnybodyWhereThatIsWanted() throws Exception {
        for (int host = 0; host < 20; host++) {
            town.ingress("198.51.100." + host, "tcp/443");
            town.ingress("198.51.100." + host % 3, "tcp/22");
        }
        town.ingress("10.10.0.2", "tcp/443");
        town.ingress("10.10.0.2", "tcp/22");
        Suggestion.Request request = new Suggestion.Request("blue", "blue", 3);
        Golden.assertGolden("suggest/any-above.yaml", Suggestion.text(request, town.observed(), List.of()));
    }

    @Test
    void namesThatLookLikeSomethingElseStayNames() {
        for (String name :
                List.of("no", "0x1f", "1e3", "1_0", "12", "3.5", "a: b", "a #b", "\"", "\\", "- x", "é", "~")) {
            town.ingress("10.10.0.2", "tcp/80");
            String text = Suggestion.text(new Suggestion.Request(name, name, 0), town.observed(), List.of(name));
            Policy policy = policy(text);
            assertEquals(name, policy.name());
            assertEquals(name, policy.appliesTo().namespaces().getFirst().pattern());
        }
    }

    @Test
    void textFromOutsideCannotAddLines() {
        String hostile = "a\negress: {default: allow}\u001b[2J";
        town.namespace(hostile, "10.10.0.66");
        town.ingress("10.10.0.66", "tcp/80");
        String text = Suggestion.text(new Suggestion.Request("blue", hostile, 0), town.observed(), List.of(hostile));
        assertFalse(text.contains("\u001b"));
        assertInstanceOf(PolicyLoader.Refused.class, PolicyLoader.parse("a.yaml", text), text);
        Policy policy = policy(Suggestion.text(REQUEST, town.observed(), List.of(hostile)));
        assertEquals(
                "10.10.0.66",
                policy.ingress().rules().getFirst().peers().getFirst().toString());
    }

    @Test
    void namespaceIsNamedOnlyWhereItAloneHoldsTheAddressInThatVantage() {
        town.namespace("twin", "10.10.0.2");
        town.namespaceBehind("router/veth-far", "far", "10.10.0.4");
        town.ingress("10.10.0.2", "tcp/80");
        town.ingress("10.10.0.4", "tcp/81");
        String text = Suggestion.text(REQUEST, town.observed(), List.of());
        assertTrue(text.contains("allow: tcp/80\n      from: 10.10.0.2\n"), text);
        assertTrue(text.contains("allow: tcp/81\n      from: \"namespace:green\"\n"), text);
    }

    @Test
    void policyOfADeviceSelectsTheDevice() {
        town.ingress("192.0.2.1", "tcp/80");
        Policy policy =
                policy(Suggestion.text(new Suggestion.Request("device:br0", "bridge", 0), town.observed(), List.of()));
        assertEquals("br0", policy.appliesTo().devices().getFirst().pattern());
        assertTrue(policy.appliesTo().namespaces().isEmpty());
    }

    @Test
    void deniedKindsAreListedAsFarAsSomebodyReads() {
        town.ingress("10.10.0.2", "tcp/80");
        Observation seen = town.observed();
        for (int port = 1000; port < 1100; port++) {
            seen.event(town.denied(port));
        }
        String text = Suggestion.text(REQUEST, seen, List.of());
        assertEquals(
                50,
                text.lines()
                        .filter(line -> line.startsWith("#   ingress tcp/1"))
                        .count(),
                text);
        assertTrue(text.endsWith("#   and 50 more kinds of traffic\n"), text);
    }

    @Test
    void whatPassedSinceIsNotListedAsDenied() {
        town.ingress("198.51.100.9", "tcp/1000");
        Observation seen = town.observed();
        seen.event(town.denied(1000));
        assertFalse(Suggestion.text(REQUEST, seen, List.of()).contains("Denied"));
    }

    private static Policy policy(String text) {
        return assertInstanceOf(PolicyLoader.Loaded.class, PolicyLoader.parse("suggested.yaml", text), text)
                .policies()
                .policies()
                .getFirst();
    }
}
