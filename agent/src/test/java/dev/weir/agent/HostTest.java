// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.pins.PinPaths;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.TcxAttachment;
import dev.weir.net.NetDevice;
import dev.weir.net.RouteNetlink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/// A test that has a host for itself: a topology, a policy directory and a place for pins, all removed after it.
@Tag("kernel")
abstract class HostTest {
    /// Long enough for an answer on a busy machine; what is dropped is not answered at all.
    static final int SILENCE_MILLIS = 400;

    final PinPaths pins = new PinPaths(Path.of("/sys/fs/bpf/weir"));
    final Lab lab = new Lab();
    final Path home = temporary();
    final Path policies = home.resolve("policies");

    @BeforeEach
    void makePolicyDirectory() throws IOException {
        Files.createDirectory(policies);
    }

    @AfterEach
    void removeAll() throws IOException {
        if (Files.exists(pins.root())) {
            Detach.all(pins.root());
        }
        lab.close();
        try (Stream<Path> tree = Files.walk(home)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    WeirConfig config() {
        return WeirConfig.DEFAULT.withPolicies(policies).withBpffs(pins.root());
    }

    /// Saves a policy file as an editor does: a new file, renamed over the old one.
    void save(String name, String yaml) {
        try {
            Path draft = Files.writeString(home.resolve("draft"), yaml);
            Files.move(draft, policies.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Red and blue on a bridge; the host is 10.10.0.1.
    Lab redAndBlue() {
        lab.bridge("br0", "10.10.0.1/24")
                .onBridge("br0", "red", "10.10.0.2/24", "10.10.0.1")
                .onBridge("br0", "blue", "10.10.0.3/24", "10.10.0.1");
        awaitBothEndsUp("red");
        awaitBothEndsUp("blue");
        return lab;
    }

    /// Red, blue, and green, which is routed.
    Lab redBlueAndGreen() {
        redAndBlue().routed("green", "10.20.0.2/24", "10.20.0.1/24").forwarding();
        awaitBothEndsUp("green");
        return lab;
    }

    /// Nobody on br0 sends on its own any more, as IPv6 reports membership of groups, and a packet is a packet
    /// for both sides: with offloads a device counts super-packets as one.
    static void quiet(String... namespaces) {
        Shell.run("sysctl -qw net.ipv6.conf.br0.disable_ipv6=1");
        for (String namespace : namespaces) {
            Shell.run("ethtool -K veth-" + namespace + " tso off gso off gro off");
            Shell.run("nsenter --net=/run/netns/" + namespace + " ethtool -K eth0 tso off gso off gro off");
            Shell.run("nsenter --net=/run/netns/" + namespace + " sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
            Shell.run("sysctl -qw net.ipv6.conf.veth-" + namespace + ".disable_ipv6=1");
        }
    }

    private static void awaitBothEndsUp(String namespace) {
        awaitUp("ip link show dev veth-" + namespace);
        awaitUp("ip -n %s link show dev eth0".formatted(namespace));
    }

    /// Waits until the kernel has taken note that the other end of a device is up. It does so in its own time; until
    /// then a device drops what it is to send, and no bridge forwards to it.
    ///
    /// @param show the command that shows the device
    static void awaitUp(String show) {
        Await.until("it is up", () -> Shell.run(show), () -> Shell.run(show).contains(" state UP "));
    }

    /// Red, blue and green with addresses of both families: 10.10.0.2 is 2001:db8:10::2 too.
    Lab redBlueAndGreenOfBothFamilies() {
        // Else the host does not ask for neighbours on a new device before duplicate address detection is over.
        Shell.run("sysctl -qw net.ipv6.conf.default.accept_dad=0");
        redBlueAndGreen();
        Shell.run("sysctl -qw net.ipv6.conf.all.forwarding=1");
        Shell.run("ip address add 2001:db8:10::1/64 dev br0 nodad");
        Shell.run("ip address add 2001:db8:20::1/64 dev veth-green nodad");
        address6("red", "2001:db8:10::2", "2001:db8:10::1");
        address6("blue", "2001:db8:10::3", "2001:db8:10::1");
        address6("green", "2001:db8:20::2", "2001:db8:20::1");
        return lab;
    }

    private static void address6(String namespace, String address, String gateway) {
        Shell.run("ip -n %s address add %s/64 dev eth0 nodad".formatted(namespace, address));
        Shell.run("ip -n %s route add default via %s".formatted(namespace, gateway));
    }

    static int ifindex(String device) {
        return device(device)
                .orElseThrow(
                        () -> new IllegalStateException("there is no device " + device + ":\n" + Shell.run("ip link")))
                .ifindex();
    }

    static Optional<NetDevice> device(String name) {
        try (RouteNetlink netlink = RouteNetlink.open()) {
            return netlink.links().stream()
                    .filter(link -> link.name().equals(name))
                    .findAny();
        }
    }

    /// The links on both hooks of a device, which must be one each.
    static List<Integer> linksOf(String device) {
        List<Integer> links =
                attachments(device).stream().map(TcxAttachment::linkId).toList();
        assertEquals(2, links.size(), "one link on each hook of " + device);
        return links;
    }

    static List<TcxAttachment> attachments(String device) {
        List<TcxAttachment> all = new ArrayList<>();
        for (DeviceHook hook : List.of(DeviceHook.TCX_INGRESS, DeviceHook.TCX_EGRESS)) {
            all.addAll(TcxAttachment.chain(ifindex(device), hook).orElseThrow());
        }
        return all;
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory(Path.of("/run"), "weir-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
