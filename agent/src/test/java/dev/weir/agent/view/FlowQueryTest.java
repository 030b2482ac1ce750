// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowState;
import dev.weir.abi.IpAddress;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowQueryTest {
    private static final FlowView FLOW = SampleView.flow("tenant-1", "10.0.0.2", 443, "192.0.2.127", 40000, 100);

    @Test
    void nothingAskedIsEverythingLargestFirst() throws Exception {
        assertEquals(FlowQuery.ALL, FlowQuery.parse(Map.of()));
    }

    @Test
    void allParametersAreRead() throws Exception {
        FlowQuery query = FlowQuery.parse(Map.of(
                "namespace", List.of("red", "tenant-*"),
                "peer", List.of("192.0.2.0/25"),
                "not-peer", List.of("192.0.2.1", "192.0.2.2"),
                "service", List.of("tcp/400-500"),
                "verdict", List.of("allow"),
                "sort", List.of("recent"),
                "limit", List.of("10000")));

        assertEquals(FlowQuery.Sort.RECENT, query.sort());
        assertEquals(10_000, query.limit());
        assertTrue(query.filter().matches(FLOW));
    }

    @Test
    void everyWrongParameterIsNamedAtOnce() {
        BadQuery bad = assertThrows(
                BadQuery.class,
                () -> FlowQuery.parse(Map.of(
                        "peer", List.of("blue"),
                        "limit", List.of("0"),
                        "verdict", List.of("ALLOW"),
                        "sort", List.of("bytes", "age"),
                        "colour", List.of("red"))));

        assertEquals(
                List.of(
                        "unknown parameter 'colour', expected one of [cursor, direction, limit, namespace, not-direction, "
                                + "not-namespace, not-peer, not-policy, not-port, not-protocol, not-rule, not-service, "
                                + "not-verdict, peer, policy, port, protocol, rule, service, sort, verdict]",
                        "peer: \"blue\" is not an IP address: IPv4 is four numbers with dots between them",
                        "verdict: 'ALLOW' is not one of [allow, deny, reject, audit]",
                        "sort: given 2 times, expected once",
                        "limit: '0' is not a number from 1 to 10000"),
                bad.problems());
    }

    @ParameterizedTest
    @CsvSource({
        "limit, 10001",
        "limit, 99999999999",
        "limit, 1e3",
        "peer, 192.0.2.0/33",
        "peer, 192.0.2",
        "peer, example.org",
        "peer, fe80::1%eth0",
        "peer, 2001:db8::/129",
        "service, tcp/65536",
        "service, tcp/20-10",
        "service, http",
        "cursor, AAAA",
        "cursor, '***'",
        "namespace, ''",
        "direction, in",
        "protocol, ip",
        "protocol, proto/256",
        "port, 65536",
        "port, 20-10",
        "port, http",
        "not-verdict, drop",
        "not-limit, 5",
    })
    void wrongValueIsRefused(String name, String value) {
        assertThrows(BadQuery.class, () -> FlowQuery.parse(Map.of(name, List.of(value))));
    }

    @ParameterizedTest
    @CsvSource({
        "namespace, tenant-*, true",
        "namespace, tenant-?, true",
        "namespace, tenant, false",
        "namespace, *-1*, true",
        "peer, any, true",
        "peer, 192.0.2.127, true",
        "peer, 192.0.2.128, false",
        "peer, 192.0.2.128/25, false",
        "peer, 0.0.0.0/0, true",
        "peer, ::/0, false",
        "peer, 2001:db8::/32, false",
        "service, any, true",
        "service, tcp, true",
        "service, tcp/443, true",
        "service, tcp/44, false",
        "service, udp/443, false",
        "service, tcp/440-443, true",
        "service, tcp/444-500, false",
        "verdict, deny, false",
        "policy, web, true",
        "policy, w*, true",
        "policy, mail, false",
        "rule, #1, true",
        "rule, #2, false",
        "direction, ingress, true",
        "direction, egress, false",
        "protocol, tcp, true",
        "protocol, proto/6, true",
        "protocol, proto/47, false",
        "port, 443, true",
        "port, 40000, true",
        "port, 39999-40001, true",
        "port, 444, false",
    })
    void filterLetsPass(String name, String value, boolean passes) throws Exception {
        assertEquals(
                passes, FlowQuery.parse(Map.of(name, List.of(value))).filter().matches(FLOW));
    }

    @Test
    void icmpTypeMatchesAllItsCodes() throws Exception {
        FlowView flow = new FlowView(
                "blue",
                "veth-blue",
                Direction.EGRESS,
                "icmp",
                IpAddress.parse("10.0.0.2"),
                0x0304,
                IpAddress.parse("192.0.2.1"),
                0,
                "icmp/3/4",
                Verdict.ALLOW,
                "web",
                "#1",
                1,
                0,
                98,
                0,
                SampleView.APPLIED,
                SampleView.APPLIED,
                0,
                FlowState.NEW,
                0);

        assertTrue(passes("service", "icmp", flow));
        assertTrue(passes("service", "icmp/3", flow));
        assertTrue(passes("service", "icmp/3/4", flow));
        assertFalse(passes("service", "icmp/3/5", flow));
        assertFalse(passes("service", "icmpv6", flow));
        assertFalse(passes("port", "772", flow)); // type and code are no port
    }

    @Property
    void anyParametersAreReadOrRefusedWithAReason(
            @ForAll @Size(max = 4) Map<String, @Size(max = 2) List<String>> given) {
        refusedWithAReason(given);
    }

    @Property
    void anyValueIsReadOrRefusedWithAReason(@ForAll String value) {
        for (String name : List.of("namespace", "peer", "service", "verdict", "sort", "limit", "cursor")) {
            refusedWithAReason(Map.of(name, List.of(value)));
        }
    }

    private static void refusedWithAReason(Map<String, List<String>> parameters) {
        try {
            assertNotNull(FlowQuery.parse(parameters));
        } catch (BadQuery e) {
            assertFalse(e.problems().isEmpty());
        }
    }

    private static boolean passes(String name, String value, FlowView flow) throws BadQuery {
        return FlowQuery.parse(Map.of(name, List.of(value))).filter().matches(flow);
    }
}
