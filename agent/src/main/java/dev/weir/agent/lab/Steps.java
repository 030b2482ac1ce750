// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import dev.weir.abi.IpAddress;
import dev.weir.policy.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The commands that make namespaces and what joins them. All that they make carries the same mark.
final class Steps {
    private final String mark;
    private final List<Step> steps = new ArrayList<>();
    private final List<Cidr> subnets = new ArrayList<>();

    /// The namespace in which host-side devices are made; empty: that of this process.
    private String vantage = "";

    /// @param mark a word of letters, digits and hyphens
    Steps(String mark) {
        this.mark = mark;
    }

    String mark() {
        return mark;
    }

    List<Step> all() {
        return List.copyOf(steps);
    }

    /// The subnets that the host itself gets.
    List<Cidr> subnets() {
        return List.copyOf(subnets);
    }

    /// What has to be removed to take everything back, in the order in which it is made.
    List<Made> made() {
        return steps.stream().map(Step::made).flatMap(Optional::stream).toList();
    }

    /// Any other command.
    Steps then(String line) {
        steps.add(Step.of(line));
        return this;
    }

    Steps making(Made made, String line) {
        steps.add(Step.making(made, line));
        return this;
    }

    /// Makes a namespace, in which host-side devices are made from now on.
    Steps within(String namespace) {
        namespace(namespace);
        vantage = namespace;
        return this;
    }

    /// A bridge that the host holds an address on.
    Steps bridge(String name, String address) {
        making(new Made.Device(name), "ip link add " + name + " type bridge");
        then("ip link set %s alias %s up".formatted(name, mark));
        return hostAddress(address, name);
    }

    /// A namespace behind a port of a bridge; the host's end is called `veth-NAME`, the inner one `eth0`.
    Steps onBridge(String bridge, String namespace, String address, String gateway) {
        namespace(namespace);
        veth(namespace);
        then("ip link set veth-%s alias %s master %s up".formatted(namespace, mark, bridge));
        return configure(namespace, address, gateway);
    }

    /// A namespace behind a veth of its own, on which the host is its gateway.
    Steps routed(String namespace, String address, String hostAddress) {
        namespace(namespace);
        veth(namespace);
        then("ip %slink set veth-%s alias %s up".formatted(inVantage(), namespace, mark));
        hostAddress(hostAddress, "veth-" + namespace);
        return configure(namespace, address, hostAddress.substring(0, hostAddress.indexOf('/')));
    }

    /// Lets the vantage route between its devices.
    Steps forwarding() {
        String command = "sysctl -qw net.ipv4.ip_forward=1";
        return then(vantage.isEmpty() ? command : "ip netns exec " + vantage + " " + command);
    }

    /// What comes from `subnet` leaves as the host, but by `device`, behind which it is.
    Steps masquerade(String subnet, String device) {
        return making(
                new Made.Table(mark),
                "nft 'table ip %s { chain out { type nat hook postrouting priority srcnat; ip saddr %s oifname != %s masquerade; }; }'"
                        .formatted(mark, subnet, device));
    }

    private void namespace(String name) {
        making(new Made.Namespace(name), "ip netns add " + name);
        then("ip -n %s link set lo alias %s up".formatted(name, mark));
    }

    private void veth(String namespace) {
        String line =
                "ip %slink add veth-%s type veth peer name eth0 netns %s".formatted(inVantage(), namespace, namespace);
        if (vantage.isEmpty()) {
            making(new Made.Device("veth-" + namespace), line);
        } else {
            then(line); // it goes with its vantage
        }
    }

    private Steps hostAddress(String address, String device) {
        if (vantage.isEmpty()) {
            int slash = address.indexOf('/');
            subnets.add(Cidr.around(
                    IpAddress.parse(address.substring(0, slash)), Integer.parseInt(address.substring(slash + 1))));
        }
        return then("ip %saddress add %s dev %s%s".formatted(inVantage(), address, device, atOnce(address)));
    }

    private Steps configure(String namespace, String address, String gateway) {
        then("ip -n %s address add %s dev eth0%s".formatted(namespace, address, atOnce(address)));
        then("ip -n %s link set eth0 up".formatted(namespace));
        return then("ip -n %s route add default via %s".formatted(namespace, gateway));
    }

    /// An address under duplicate detection, which IPv4 has not, answers nobody yet.
    private static String atOnce(String address) {
        return address.contains(":") ? " nodad" : "";
    }

    private String inVantage() {
        return vantage.isEmpty() ? "" : "-n " + vantage + " ";
    }
}
