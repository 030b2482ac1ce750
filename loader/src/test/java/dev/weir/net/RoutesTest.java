// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What [RouteNetlink] tells of routes and rules is what the kernel has.
@Tag("kernel")
class RoutesTest {
    private final TestNet net = new TestNet();

    @AfterEach
    void clean() throws IOException {
        net.close();
    }

    private static int ifindex(RouteNetlink route) {
        return route.links().stream()
                .filter(link -> link.name().equals("veth7"))
                .findAny()
                .orElseThrow()
                .ifindex();
    }

    @Test
    void tablesAndRulesAreReadOfBothFamilies() {
        net.namespace("blue");
        net.veth("veth7", "blue");
        TestNet.ip("address add 192.0.2.1/24 dev veth7");
        TestNet.ip("-6 address add 2001:db8::1/64 dev veth7 nodad");
        TestNet.ip("route add 198.51.100.7/32 via 192.0.2.2 table 700");
        TestNet.ip("route add unreachable 203.0.113.0/24");
        TestNet.ip("rule add iif veth7 lookup 700");
        TestNet.ip("rule add fwmark 7701 lookup 700");
        try (RouteNetlink route = RouteNetlink.open()) {
            int veth = ifindex(route);
            List<RouteEntry> entries = route.routes();
            for (RouteEntry expected : List.of(
                    new RouteEntry(RouteEntry.MAIN, IpAddress.parse("192.0.2.0"), 24, veth),
                    new RouteEntry(RouteEntry.MAIN, IpAddress.parse("2001:db8::"), 64, veth),
                    new RouteEntry(700, IpAddress.parse("198.51.100.7"), 32, veth))) {
                assertTrue(entries.contains(expected), () -> expected + " in " + entries);
            }
            assertTrue(entries.stream().noneMatch(each -> each.network().equals(IpAddress.parse("203.0.113.0"))));
            assertTrue(route.rules().contains(new RoutingRule("veth7", 0, 700)));
            assertTrue(route.rules().contains(new RoutingRule("", 7701, 700)));
        } finally {
            TestNet.ip("rule del iif veth7 lookup 700");
            TestNet.ip("rule del fwmark 7701 lookup 700");
            TestNet.ip("route del unreachable 203.0.113.0/24");
        }
    }

    @Test
    void routeTellsTheDeviceAndTheGatewayBetween() {
        net.namespace("blue");
        net.veth("veth7", "blue");
        TestNet.ip("address add 192.0.2.1/24 dev veth7");
        TestNet.ip("-6 address add 2001:db8::1/64 dev veth7 nodad");
        TestNet.ip("route add 198.51.100.0/25 dev veth7");
        TestNet.ip("route add 198.51.100.128/25 via 192.0.2.2");
        TestNet.ip("route add 203.0.113.0/25 via inet6 2001:db8::2 dev veth7");
        TestNet.ip("route add unreachable 203.0.113.128/26");
        TestNet.ip("route add blackhole 203.0.113.192/27");
        TestNet.ip("route add prohibit 203.0.113.224/28");
        TestNet.ip("-6 route add 2001:db8:1::/64 dev veth7");
        TestNet.ip("-6 route add 2001:db8:2::/64 via 2001:db8::2");
        TestNet.ip("-6 route add unreachable 2001:db8:3::/64");
        try (RouteNetlink route = RouteNetlink.open()) {
            int veth = ifindex(route);
            Optional<Route> direct = Optional.of(new Route(veth, Optional.empty()));
            Optional<Route> behind = Optional.of(new Route(veth, Optional.of(IpAddress.parse("192.0.2.2"))));
            Optional<Route> behind6 = Optional.of(new Route(veth, Optional.of(IpAddress.parse("2001:db8::2"))));
            assertEquals(direct, route.routeTo(IpAddress.parse("192.0.2.9")));
            assertEquals(direct, route.routeTo(IpAddress.parse("198.51.100.127")));
            assertEquals(behind, route.routeTo(IpAddress.parse("198.51.100.128")));
            assertEquals(behind6, route.routeTo(IpAddress.parse("203.0.113.127")));
            assertEquals(direct, route.routeTo(IpAddress.parse("2001:db8:1::9")));
            assertEquals(behind6, route.routeTo(IpAddress.parse("2001:db8:2::9")));
            for (String nowhere : List.of(
                    "192.0.2.1",
                    "192.0.2.255",
                    "203.0.113.128",
                    "203.0.113.192",
                    "203.0.113.224",
                    "203.0.113.240",
                    "0.0.0.0",
                    "2001:db8::1",
                    "2001:db8:3::9",
                    "2001:db8:4::9",
                    "::")) {
                assertEquals(Optional.empty(), route.routeTo(IpAddress.parse(nowhere)), nowhere);
            }
        }
    }
}
