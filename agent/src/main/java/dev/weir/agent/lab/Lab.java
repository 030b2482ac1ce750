// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import java.util.ArrayList;
import java.util.List;

/// Namespaces, veths and a bridge in the network namespace of this process, removed by [#close].
public final class Lab implements AutoCloseable {
    private final List<String> undo = new ArrayList<>();

    /// A bridge that the host holds an address on.
    public Lab bridge(String name, String address) {
        Shell.run("ip link add " + name + " type bridge");
        undo.add("ip link del " + name);
        Shell.run("ip address add " + address + " dev " + name + (address.contains(":") ? " nodad" : ""));
        Shell.run("ip link set " + name + " up");
        return this;
    }

    /// A namespace behind a port of a bridge; the host's end is called `veth-NAME`, the inner one `eth0`.
    public Lab onBridge(String bridge, String namespace, String address, String gateway) {
        connect(namespace);
        Shell.run("ip link set veth-" + namespace + " master " + bridge);
        configure(namespace, address, gateway);
        return this;
    }

    /// A namespace behind a veth of its own, on which the host is its gateway.
    public Lab routed(String namespace, String address, String hostAddress) {
        connect(namespace);
        Shell.run("ip address add " + hostAddress + " dev veth-" + namespace);
        configure(namespace, address, hostAddress.substring(0, hostAddress.indexOf('/')));
        return this;
    }

    /// Lets the host route between the namespaces.
    public Lab forwarding() {
        Shell.run("sysctl -qw net.ipv4.ip_forward=1");
        return this;
    }

    @Override
    public void close() {
        for (String command : undo.reversed()) {
            Shell.attempt(List.of(command.split(" "))); // what is gone already needs no removal
        }
        undo.clear();
    }

    private void connect(String namespace) {
        Shell.run("ip netns add " + namespace);
        undo.add("ip netns del " + namespace);
        Shell.run("ip link add veth-%s type veth peer name eth0 netns %s".formatted(namespace, namespace));
        undo.add("ip link del veth-" + namespace);
        Shell.run("ip -n " + namespace + " link set lo up");
    }

    private void configure(String namespace, String address, String gateway) {
        Shell.run("ip -n " + namespace + " address add " + address + " dev eth0");
        Shell.run("ip -n " + namespace + " link set eth0 up");
        Shell.run("ip link set veth-" + namespace + " up");
        Shell.run("ip -n " + namespace + " route add default via " + gateway);
    }
}
