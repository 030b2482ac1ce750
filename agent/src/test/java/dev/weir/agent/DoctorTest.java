// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.DoctorView;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.net.NetworkNamespace;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each pitfall of namespaces, devices and addresses is made on purpose, found, and mended by the command that is
/// printed.
class DoctorTest extends DoctorRig {
    @Test
    void soundHostIsLookedAtWhole() {
        DoctorView view = examine();
        assertEquals(5, view.namespaces());
        assertTrue(view.devices() >= 1 + 1 + 4 * 3, view::toString); // loopbacks, the bridge, veths
        assertTrue(view.permitted());
    }

    @Test
    void loopbackThatIsDown() {
        Shell.run("ip -n red link set lo down");
        assertEquals("namespace red", foundAndMended(Pitfall.LOOPBACK_DOWN).where());
    }

    @ParameterizedTest
    @CsvSource({
        "ip -n red link set eth0 down,eth0 in red is down",
        "ip link set veth-red down,veth-red of the host is down"
    })
    void vethWithOneEndDown(String command, String what) {
        Shell.run(command);
        assertContains(what, foundAndMended(Pitfall.VETH_DOWN).what());
    }

    @Test
    void vethWithBothEndsDown() {
        Shell.run("ip link set veth-red down");
        Shell.run("ip -n red link set eth0 down");
        assertContains("both ends", foundAndMended(Pitfall.VETH_DOWN).what());
    }

    @Test
    void vethWithoutAddressInside() {
        Shell.run("ip -n red address flush dev eth0");
        Finding finding = foundAndMended(Pitfall.VETH_WITHOUT_ADDRESS);
        assertContains("10.10.0.", finding.mend());
        try (ServerSocket server = Probe.echo("blue", "10.10.0.3", 80)) {
            assertTrue(server.isBound());
            assertEquals(Probe.Outcome.CONNECTED, Probe.attempt("red", "10.10.0.3", 80, Inside.PATIENCE_MILLIS));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void vethWithoutAddressOutside() {
        Shell.run("ip address flush dev veth-green");
        assertContains(
                "10.20.0.1/24", foundAndMended(Pitfall.VETH_WITHOUT_ADDRESS).mend());
    }

    @Test
    void vethWithoutAnyAddress() {
        Shell.run("ip address flush dev veth-green");
        Shell.run("ip -n green address flush dev eth0");
        foundAndMended(Pitfall.VETH_WITHOUT_ADDRESS);
    }

    /// As Calico does it: the host answers for an address that it has not got.
    @Test
    void vethThatIsRoutedToNeedsNoAddress() {
        Shell.run("ip address flush dev veth-green");
        Shell.run("ip route add 10.20.0.2/32 dev veth-green");
        assertEquals(List.of(), findings());
    }

    @Test
    void vethLeftBehindByANamespaceThatAProcessKeeps() {
        Process sleeper = start("exec ip netns exec red sleep 1000");
        Await.until("it is inside", () -> Shell.run("ip netns pids red").contains("" + sleeper.pid()));
        Shell.run("ip netns del red");
        Finding finding = foundAndMended(Pitfall.VETH_LEFT_BEHIND);
        assertContains("its namespace red was deleted", finding.what());
        assertEquals("device veth-red", finding.where());
    }

    @Test
    void vethLeftBehindByANamespaceThatADescriptorKeeps() {
        NetworkNamespace held = NetworkNamespace.open(Path.of("/run/netns/red"));
        try {
            Shell.run("ip netns del red");
            assertContains(
                    "a descriptor keeps it",
                    foundAndMended(Pitfall.VETH_LEFT_BEHIND).what());
        } finally {
            held.close();
        }
    }

    @Test
    void namespaceWithoutNameIsNoPitfall() {
        Process nameless = start("exec unshare -n sh -c 'ip link set lo up; exec sleep 1000'");
        Await.until(
                "it has a namespace",
                () -> inode(nameless.pid()) != inode(ProcessHandle.current().pid()));
        Await.until(
                "its loopback is up",
                () -> Shell.attempt(List.of(
                                "nsenter",
                                "-t",
                                Long.toString(nameless.pid()),
                                "-n",
                                "ip",
                                "link",
                                "show",
                                "up",
                                "dev",
                                "lo"))
                        .output()
                        .contains("LOOPBACK"));
        Shell.run("ip link add veth-x type veth peer name eth0 netns " + nameless.pid());
        mend("ip address add 10.30.0.1/24 dev veth-x && ip link set veth-x up");
        mend("nsenter -t %d -n ip address add 10.30.0.2/24 dev eth0".formatted(nameless.pid()));
        Finding finding = foundAndMended(Pitfall.VETH_DOWN);
        assertEquals("namespace pid:" + nameless.pid(), finding.where());
        Shell.run("ip link del veth-x");
    }

    private static long inode(long pid) {
        try (NetworkNamespace namespace = NetworkNamespace.ofProcess(pid)) {
            return namespace.inode();
        }
    }

    @Test
    void staleName() throws IOException {
        Files.createFile(Path.of("/run/netns/old name"));
        assertEquals("/run/netns/old name", foundAndMended(Pitfall.STALE_NAME).where());
        assertFalse(Files.exists(Path.of("/run/netns/old name")));
    }

    @Test
    void directoryAmongTheNames() throws IOException {
        Files.createDirectory(Path.of("/run/netns/old"));
        foundAndMended(Pitfall.STALE_NAME);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.10.0.2/24", "10.10.0.1/24"})
    void addressThatAnotherHas(String address) {
        Shell.run("ip -n blue address del 10.10.0.3/24 dev eth0");
        Shell.run("ip -n blue address add %s dev eth0".formatted(address));
        Shell.run("ip -n blue route add default via 10.10.0." + (address.startsWith("10.10.0.1/") ? "9" : "1"));
        assertContains("10.10.0.", foundAndMended(Pitfall.DUPLICATE_ADDRESS).mend());
    }

    @Test
    void sameAddressOnAnotherSegmentIsNoPitfall() {
        lab.bridge("br1", "10.40.0.1/24").onBridge("br1", "black", "10.40.0.2/24", "10.40.0.1");
        Shell.run("ip -n black address add 10.10.0.2/32 dev eth0");
        assertEquals(List.of(), findings());
    }

    @Test
    void overlappingSubnetsOfTwoBridges() {
        lab.bridge("br1", "10.10.0.129/25").onBridge("br1", "black", "10.10.0.130/25", "10.10.0.129");
        Finding finding = foundAndMended(Pitfall.OVERLAPPING_SUBNETS);
        assertContains("10.10.0.128/25 of br1 overlaps 10.10.0.0/24 of br0", finding.what());
        assertContains("ip -n black route replace default via 10.0.1.1 dev eth0", finding.mend());
        assertTrue(Shell.run("ip -n black route").contains("default via 10.0.1.1"));
    }

    @Test
    void overlappingSubnetsWithTablesOfTheirOwnAreNoPitfall() {
        lab.bridge("br1", "10.10.0.1/24").onBridge("br1", "black", "10.10.0.2/24", "10.10.0.1");
        Shell.run("ip rule add iif br1 lookup 100");
        try {
            assertEquals(List.of(), findings());
        } finally {
            Shell.run("ip rule del iif br1 lookup 100");
        }
    }

    @Test
    void forwardingThatIsOff() {
        Shell.run("sysctl -qw net.ipv4.ip_forward=0");
        Finding finding = foundAndMended(Pitfall.FORWARDING_OFF);
        assertContains("the way out of blue, green, red", finding.what());
        assertEquals("sysctl -w net.ipv4.ip_forward=1", finding.mend());
    }

    @Test
    void forwardingThatIsOffForOneDevice() {
        Shell.run("sysctl -qw net.ipv4.conf.br0.forwarding=0");
        assertContains("from br0", foundAndMended(Pitfall.FORWARDING_OFF).what());
    }

    @Test
    void forwardingOfIpv6ThatIsOff() {
        Shell.run("ip address add 2001:db8::1/64 dev br0 nodad");
        Shell.run("ip -n red address add 2001:db8::2/64 dev eth0 nodad");
        Shell.run("ip -n red route add default via 2001:db8::1");
        assertContains(
                "IPv6 is not forwarded", foundAndMended(Pitfall.FORWARDING_OFF).what());
    }

    @Test
    void masqueradeThatIsMissing() {
        Shell.run("ip netns del green");
        Shell.run("nft delete table ip nat");
        Finding finding = foundAndMended(Pitfall.NO_MASQUERADE);
        assertContains("10.10.0.0/24 leaves by veth-world", finding.what());
    }

    @ParameterizedTest
    @ValueSource(strings = {"iptables-nft", "iptables-legacy"})
    void masqueradeOfIptablesCounts(String iptables) {
        Shell.run("nft delete table ip nat");
        mend(iptables + " -t nat -A POSTROUTING -s 10.0.0.0/8 ! -o br0 -j MASQUERADE");
        assertEquals(List.of(), findings());
        mend(iptables + " -t nat -F POSTROUTING");
        assertEquals(2, findings().size());
        Shell.run("iptables-legacy -t nat -F");
    }

    @Test
    void masqueradeByADeviceThatIsNotTheWayOutDoesNotCount() {
        mend("nft flush chain ip nat out && nft add rule ip nat out oifname eth7 masquerade");
        assertEquals(2, findings().size());
    }

    /// The far side knows the way back, as between a client, a router and a server.
    @Test
    void routedAddressesNeedNoMasquerade() {
        Shell.run("nft delete table ip nat");
        Shell.run("ip -n world route add 10.0.0.0/8 via 198.51.100.1");
        assertEquals(List.of(), findings());
    }

    @Test
    void routerNamespaceIsLookedAtAsTheHostIs() {
        Shell.run("ip netns exec green sysctl -qw net.ipv4.ip_forward=1");
        mend("ip netns add inner && ip -n inner link set lo up"
                + " && ip -n green link add v0 type veth peer name eth0 netns inner"
                + " && ip -n green address add 10.50.0.1/24 dev v0 && ip -n green link set v0 up"
                + " && ip -n inner address add 10.50.0.2/24 dev eth0 && ip -n inner link set eth0 up"
                + " && ip -n inner route add default via 10.50.0.1");
        try {
            assertEquals(
                    "namespace green", foundAndMended(Pitfall.NO_MASQUERADE).where());
            Shell.run("ip netns exec green sysctl -qw net.ipv4.ip_forward=0");
            assertEquals(
                    "namespace green", foundAndMended(Pitfall.FORWARDING_OFF).where());
        } finally {
            Shell.run("ip netns del inner");
        }
    }

    @Test
    void tunnelWithoutKillSwitch() {
        try (LocalAgent agent = LocalAgent.start(config())) {
            mend("ip -n green tuntap add tun0 mode tun && ip -n green address add 10.99.0.2/24 dev tun0"
                    + " && ip -n green link set tun0 up"
                    + " && ip -n green route add 203.0.113.5/32 via 10.20.0.1"
                    + " && ip -n green route replace default dev tun0");
            Finding finding = foundAndMended(Pitfall.NO_KILL_SWITCH);
            assertContains("the tunnel tun0", finding.what());
            agent.awaitReload();
            save("leak.yaml", """
                    applies-to: {namespaces: [green]}
                    priority: 0
                    policy: "0"
                    egress: {rules: [{allow: udp/53, to: host}]}
                    """);
            assertContains(
                    "udp/53 to host may leave", only(Pitfall.NO_KILL_SWITCH).what());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ip netns exec red ethtool -K eth0 tso off,eth0 in red",
        "ethtool -K veth-red tso off,veth-red of the host"
    })
    void segmentationThatIsOff(String command, String device) {
        Shell.run(command);
        assertContains(device, foundAndMended(Pitfall.SEGMENTATION_OFF).where());
    }

    @Test
    void receiveOffloadOfTheUplinkThatIsOff() {
        mend("ip tuntap add uplink0 mode tap && ip address add 203.0.113.1/24 dev uplink0 && ip link set uplink0 up"
                + " && nft add rule ip nat out oifname uplink0 masquerade"
                + " && ip route replace default dev uplink0 && ethtool -K uplink0 gro off");
        try {
            assertContains(
                    "uplink0", foundAndMended(Pitfall.RECEIVE_OFFLOAD_OFF).where());
        } finally {
            Shell.run("ip link del uplink0");
        }
    }

    @Test
    void hostileNamesAreNotRunByTheShell() throws IOException {
        Path witness = Path.of("x");
        Files.deleteIfExists(witness);
        String name = "$(touch${IFS}x)";
        Shell.run("ip -n red link set eth0 down");
        Shell.run("ip -n red link set eth0 name " + name);
        Finding finding = foundAndMended(Pitfall.VETH_DOWN);
        assertContains("'" + name + "'", finding.mend());
        assertFalse(Files.exists(witness));
    }
}
