// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import dev.weir.agent.cli.Topology;
import java.util.Locale;

/// How each topology of `weir lab` is made. Nothing needs a network outside: `world` stands for it.
final class Topologies {
    /// An address of the world, and the host's on the way to it.
    private static final String WORLD = "198.51.100.1/24";

    private static final String TO_WORLD = "198.51.100.254/24";

    /// Of a tenant: the zone and the mark of its connections, the priority of the rule that selects them, and the table
    /// in which it looks.
    private static final int TENANT_A = 7701;

    private static final int TENANT_B = 7702;

    private Topologies() {}

    static Steps of(Topology topology) {
        Steps steps = new Steps(mark(topology));
        return switch (topology) {
            case PAIR -> pair(steps);
            case BRIDGE -> bridge(steps);
            case ROUTER -> router(steps);
            case VPN -> vpn(steps);
            case TENANTS -> tenants(steps);
        };
    }

    /// What all that belongs to a topology carries.
    static String mark(Topology topology) {
        return "weir-lab-" + topology.name().toLowerCase(Locale.ROOT);
    }

    private static Steps pair(Steps steps) {
        return steps.routed("blue", "10.10.0.2/24", "10.10.0.1/24")
                .routed("world", WORLD, TO_WORLD)
                .forwarding()
                .masquerade("10.10.0.0/24", "veth-blue");
    }

    private static Steps bridge(Steps steps) {
        return steps.bridge("br0", "10.0.0.1/24")
                .onBridge("br0", "red", "10.0.0.2/24", "10.0.0.1")
                .onBridge("br0", "blue", "10.0.0.3/24", "10.0.0.1")
                .routed("world", WORLD, TO_WORLD)
                .forwarding()
                .masquerade("10.0.0.0/24", "br0");
    }

    /// Both host-side devices are inside `router`.
    private static Steps router(Steps steps) {
        return steps.within("router")
                .routed("client", "10.1.0.2/24", "10.1.0.1/24")
                .routed("server", "10.2.0.2/24", "10.2.0.1/24")
                .forwarding();
    }

    /// The world is the far end of the tunnel, and holds an address behind it too. The namespace has the
    /// default route of its veth beside that of the tunnel, as most have: it is what leaks when the tunnel
    /// dies.
    private static Steps vpn(Steps steps) {
        steps.routed("tunnelled", "192.0.2.2/24", "192.0.2.1/24")
                .routed("world", "203.0.113.5/24", "203.0.113.1/24")
                .then("ip -n world address add 198.51.100.1/32 dev lo")
                .then("ip route add 198.51.100.1 dev veth-world")
                .forwarding()
                .masquerade("192.0.2.0/24", "veth-tunnelled");
        wireguard(steps, "world", "wg-in", "10.99.0.1/24");
        wireguard(steps, "tunnelled", "wg-out", "10.99.0.2/24");
        return steps.then("wg genkey | ip netns exec world wg set wg-in listen-port 51820 private-key /dev/stdin")
                .then("wg genkey | ip netns exec tunnelled wg set wg-out private-key /dev/stdin")
                .then("ip netns exec world wg set wg-in"
                        + " peer $(ip netns exec tunnelled wg show wg-out public-key) allowed-ips 10.99.0.2/32")
                .then("ip netns exec tunnelled wg set wg-out"
                        + " peer $(ip netns exec world wg show wg-in public-key)"
                        + " allowed-ips 0.0.0.0/0 endpoint 203.0.113.5:51820 persistent-keepalive 25")
                .then("ip -n world link set wg-in up")
                .then("ip -n tunnelled link set wg-out up")
                .then("ip -n tunnelled route add 203.0.113.5 via 192.0.2.1")
                .then("ip -n tunnelled route add 0.0.0.0/1 dev wg-out")
                .then("ip -n tunnelled route add 128.0.0.0/1 dev wg-out");
    }

    /// A program stands in for WireGuard where the kernel has none; it ends with its device.
    private static void wireguard(Steps steps, String namespace, String device, String address) {
        steps.making(
                        new Made.Inner(namespace, device),
                        "ip -n %1$s link add %2$s type wireguard 2>/dev/null || ip netns exec %1$s wireguard-go %2$s"
                                .formatted(namespace, device))
                .then("ip -n %s link set %s alias %s".formatted(namespace, device, steps.mark()))
                .then("ip -n %s address add %s dev %s".formatted(namespace, address, device));
    }

    /// Both tenants have the same addresses. What a tenant opens is tracked in a zone of its own, so that both may open
    /// the same; its mark leads the answers back to the bridge that they belong to.
    private static Steps tenants(Steps steps) {
        tenant(steps, "a", TENANT_A);
        tenant(steps, "b", TENANT_B);
        return steps.routed("dns", "10.9.0.53/24", "10.9.0.1/24")
                .routed("world", "203.0.113.67/24", "203.0.113.1/24")
                .then("ip -n world address add 203.0.113.66/24 dev eth0")
                .forwarding()
                .making(new Made.Table(steps.mark()), """
                        nft 'table ip %1$s {
                          chain zones { type filter hook prerouting priority raw
                            iifname br-a ct original zone set %2$d
                            iifname br-b ct original zone set %3$d
                          }
                          chain marks { type filter hook prerouting priority mangle
                            iifname br-a ct mark set %2$d
                            iifname br-b ct mark set %3$d
                            meta mark set ct mark
                          }
                          chain out { type nat hook postrouting priority srcnat
                            oifname veth-world masquerade
                          }
                        }'""".formatted(steps.mark(), TENANT_A, TENANT_B));
    }

    private static void tenant(Steps steps, String tenant, int number) {
        String bridge = "br-" + tenant;
        steps.bridge(bridge, "10.1.0.1/24")
                .then("sysctl -qw net.ipv4.conf.%s.rp_filter=2".formatted(bridge))
                .onBridge(bridge, "tenant-" + tenant + "-1", "10.1.0.2/24", "10.1.0.1")
                .onBridge(bridge, "tenant-" + tenant + "-2", "10.1.0.3/24", "10.1.0.1")
                .then("ip route add 10.1.0.0/24 dev %s table %d".formatted(bridge, number));
        Made.Rule rule = new Made.Rule(number, steps.mark());
        steps.making(rule, "ip rule add " + rule.selector());
    }
}
