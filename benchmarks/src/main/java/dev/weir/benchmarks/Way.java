// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.Shell;

/// How the packets of a [Wire] go through the host, and which addresses its ends have.
enum Way {
    ROUTED("r4", "routed, IPv4", "192.0.2.%d", 31),
    ROUTED_V6("r6", "routed, IPv6", "2001:db8::%x", 127),
    BRIDGED("b4", "bridged, IPv4", "192.0.2.%d", 29),
    BRIDGED_V6("b6", "bridged, IPv6", "2001:db8::%x", 125);

    private static final int ADDRESSES = 8; // of a wire: a /24 has them for 32
    private static final int CLIENT = 1;
    private static final int SERVER = 3;
    private static final int BRIDGE = 5;

    /// A name for it within other names.
    final String id;

    private final String words;
    private final String address;
    private final int prefixLength;

    Way(String id, String words, String address, int prefixLength) {
        this.id = id;
        this.words = words;
        this.address = address;
        this.prefixLength = prefixLength;
    }

    boolean isV6() {
        return this == ROUTED_V6 || this == BRIDGED_V6;
    }

    private boolean isBridged() {
        return this == BRIDGED || this == BRIDGED_V6;
    }

    /// The client's address on a wire.
    String client(int wire) {
        return address(wire, CLIENT);
    }

    /// The server's address on a wire.
    String server(int wire) {
        return address(wire, SERVER);
    }

    /// Makes the namespaces of a client and a server, and what is between them.
    void build(Lab lab, String client, String server, int wire) {
        if (isBridged()) {
            String bridge = "br-" + wire;
            String gateway = address(wire, BRIDGE);
            lab.bridge(bridge, subnet(wire, BRIDGE));
            lab.onBridge(bridge, client, subnet(wire, CLIENT), gateway);
            lab.onBridge(bridge, server, subnet(wire, SERVER), gateway);
            Shell.run("ip -n %s link set eth0 address 02:00:00:00:00:01".formatted(server)); // as Packet has them
        } else {
            lab.routed(client, subnet(wire, CLIENT), subnet(wire, CLIENT - 1));
            lab.routed(server, subnet(wire, SERVER), subnet(wire, SERVER - 1));
            lab.forwarding();
            if (isV6()) {
                Shell.run("sysctl -qw net.ipv6.conf.all.forwarding=1");
            }
            Shell.run("ip link set veth-%s address 02:00:00:00:00:01".formatted(client));
        }
        Shell.run("ip -n %s link set eth0 address 02:00:00:00:00:02".formatted(client));
    }

    private String address(int wire, int number) {
        return address.formatted(ADDRESSES * wire + number);
    }

    private String subnet(int wire, int number) {
        return address(wire, number) + "/" + prefixLength;
    }

    /// As a report names it.
    @Override
    public String toString() {
        return words;
    }
}
