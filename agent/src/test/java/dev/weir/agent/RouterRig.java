// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.DeviceView;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.TcxAttachment;
import dev.weir.net.NetDevice;
import dev.weir.net.RouteNetlink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;

/// Client, router and server, where both host-side devices are in the namespace `router`, and nothing in the host's.
abstract class RouterRig extends HostTest {
    static final String CLIENT = "10.1.0.2";
    static final String CLIENT_SIDE = "10.1.0.1";
    static final String SERVER = "10.2.0.2";
    static final String SERVER6 = "2001:db8:2::2";

    /// Https and pings from the client to the server, and nothing else but reports of multicast listeners.
    static final String SERVER_POLICY = """
            applies-to: {namespaces: [server]}
            ingress:
              default: deny
              rules:
                - {name: client, allow: [tcp/443, udp/443, icmp/echo-request, icmpv6/echo-request], from: "namespace:client"}
                - {name: noise, allow: [icmpv6/143, proto/2]}
            egress:
              default: deny
              rules: [{name: noise, allow: [icmpv6/143, proto/2]}]
            """;

    /// Builds all three.
    static void build() {
        for (String name : List.of("router", "client", "server")) {
            Shell.run("ip netns add " + name);
            Shell.run("ip -n %s link set lo up".formatted(name));
        }
        connect();
    }

    /// Wires a router that has no devices yet.
    static void connect() {
        for (String setting : List.of(
                "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv6.conf.default.accept_dad=0")) {
            Shell.run("ip netns exec router sysctl -qw " + setting);
        }
        wire("client", 1);
        wire("server", 2);
    }

    private static void wire(String name, int net) {
        Shell.run("ip netns exec %s sysctl -qw net.ipv6.conf.default.accept_dad=0".formatted(name));
        Shell.run("ip -n router link add to-%s type veth peer name eth0 netns %s".formatted(name, name));
        Shell.run("ip -n router address add 10.%d.0.1/24 dev to-%s".formatted(net, name));
        Shell.run("ip -n router address add 2001:db8:%d::1/64 dev to-%s nodad".formatted(net, name));
        Shell.run("ip -n %s address add 10.%d.0.2/24 dev eth0".formatted(name, net));
        Shell.run("ip -n %s address add 2001:db8:%d::2/64 dev eth0 nodad".formatted(name, net));
        Shell.run("ip -n %s link set eth0 up".formatted(name));
        Shell.run("ip -n router link set to-%s up".formatted(name));
        Shell.run("ip -n %s route add default via 10.%d.0.1".formatted(name, net));
        Shell.run("ip -n %s route add default via 2001:db8:%d::1".formatted(name, net));
    }

    @AfterEach
    void tear() {
        remove();
    }

    /// Removes all three, as far as they are there.
    static void remove() {
        for (String name : List.of("client", "server", "router")) {
            Shell.attempt(List.of("ip", "netns", "del", name));
        }
    }

    WeirConfig configured(String yaml) {
        try {
            return ConfigFile.load(Files.writeString(home.resolve("weir.yaml"), yaml))
                    .withPolicies(policies)
                    .withBpffs(pins.root());
        } catch (ConfigException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    WeirConfig routed() {
        return configured("vantages: [host, router]");
    }

    /// A device of the router.
    static NetDevice inRouter(String device) {
        return Inside.call("router", () -> {
            try (RouteNetlink netlink = RouteNetlink.open()) {
                return netlink.links().stream()
                        .filter(link -> link.name().equals(device))
                        .findAny()
                        .orElseThrow();
            }
        });
    }

    /// The links on both hooks of a device of the router.
    static List<Integer> linksInRouter(String device) {
        int ifindex = inRouter(device).ifindex();
        return Inside.call("router", () -> {
            List<Integer> links = new ArrayList<>();
            for (DeviceHook hook : List.of(DeviceHook.TCX_INGRESS, DeviceHook.TCX_EGRESS)) {
                TcxAttachment.chain(ifindex, hook).orElseThrow().forEach(each -> links.add(each.linkId()));
            }
            return links;
        });
    }

    /// Whether a datagram from one namespace to another comes back.
    static boolean asks(String from, String holder, String address, int port) {
        try (DatagramSocket server = Inside.echo(holder, address, port);
                DatagramSocket client = Inside.open(from, address.contains(":") ? "::" : "0.0.0.0", 0)) {
            return Inside.asks(client, server.getLocalAddress().getHostAddress(), port);
        }
    }

    /// The devices that `status` shows of the router.
    static List<String> devicesOfRouter(LocalAgent agent) {
        return agent.view().status().devices().stream()
                .filter(device -> device.vantage().equals("router") && device.attached())
                .map(DeviceView::device)
                .sorted()
                .toList();
    }

    /// Waits until both devices are enforced, and who holds what behind them is known: it may come later.
    static void awaitRouter(LocalAgent agent) {
        Await.until(
                "both devices of the router are enforced",
                () -> agent.view().status(),
                () -> devicesOfRouter(agent).equals(List.of("to-client", "to-server"))
                        && holds(agent, "client", CLIENT)
                        && holds(agent, "server", SERVER)
                        && holds(agent, "server", SERVER6));
    }

    private static boolean holds(LocalAgent agent, String namespace, String address) {
        return agent.namespace(namespace).stream()
                .flatMap(each -> each.addresses().stream())
                .anyMatch(IpAddress.parse(address)::equals);
    }

    static Optional<String> problem(LocalAgent agent, String vantage) {
        return agent.view().status().vantages().stream()
                .filter(each -> each.name().equals(vantage) && each.problem() != null)
                .map(each -> String.valueOf(each.problem()))
                .findAny();
    }

    /// What numbers stand for, but that of the host.
    Map<Integer, String> numbers() {
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            Map<Integer, String> names = maps.readVantageNames();
            names.remove(DeviceKey.HOST);
            return names;
        }
    }

    /// Names of the pins of links, in order.
    List<String> linkPins() {
        try (var paths = Files.list(pins.links())) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void assertJudged() {
        assertEquals(true, asks("client", "server", SERVER, 443), "what the policy allows");
        assertEquals(false, asks("client", "server", SERVER, 444), "another port");
        assertEquals(false, asks("router", "server", SERVER, 443), "the router itself");
    }
}
