// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import dev.weir.agent.doctor.HostState.Place;
import dev.weir.agent.view.DoctorView;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.bpf.probe.Support;
import dev.weir.net.RouteEntry;
import dev.weir.net.RoutingRule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Both sides of what each check draws a line at, on hosts drawn by hand.
class ChecksTest {
    private final Sketch host = Sketch.ofTwoOnABridge();

    private Finding only(Pitfall pitfall) {
        List<Finding> findings = host.findings();
        assertEquals(List.of(pitfall), findings.stream().map(Finding::pitfall).toList(), findings::toString);
        return findings.getFirst();
    }

    private void none() {
        assertEquals(List.of(), host.findings());
    }

    @Test
    void soundHostHasNoFinding() {
        none();
    }

    @Test
    void loopbackOfTheHostIsLookedAtToo() {
        host.down(new Place(Sketch.HOST, 1));
        assertEquals("ip link set dev lo up", only(Pitfall.LOOPBACK_DOWN).mend());
    }

    @Test
    void bothEndsOfAVethAreOneFinding() {
        host.down(Sketch.RED);
        assertEquals("ip -n red link set dev eth0 up", only(Pitfall.VETH_DOWN).mend());
        host.down(Sketch.VETH_RED);
        host.master(Sketch.VETH_RED, 10);
        host.down(Sketch.VETH_RED);
        assertEquals(
                "ip link set dev veth-red up && ip -n red link set dev eth0 up",
                only(Pitfall.VETH_DOWN).mend());
    }

    @Test
    void firstFreeAddressOfTheSegmentIsGiven() {
        int late = host.named("late");
        host.master(host.veth(Sketch.HOST, 15, "veth-late", late), 10);
        assertEquals(
                "ip -n late address add 10.0.0.4/24 dev eth0",
                only(Pitfall.VETH_WITHOUT_ADDRESS).mend());
        host.address(new Place(late, 2), "fe80::1/64");
        only(Pitfall.VETH_WITHOUT_ADDRESS); // that every device has, and it leads nowhere
        host.address(new Place(late, 2), "10.0.0.9/24");
        none();
    }

    @Test
    void gatewayThatOthersLookForIsGiven() {
        int green = host.named("green");
        host.veth(Sketch.HOST, 15, "veth-green", green);
        Place inner = new Place(green, 2);
        host.address(inner, "192.0.2.9/24");
        host.wayOut(inner, "192.0.2.7");
        assertEquals(
                "ip address add 192.0.2.7/24 dev veth-green",
                only(Pitfall.VETH_WITHOUT_ADDRESS).mend());
    }

    @Test
    void vethWithARouteNeedsNoAddressButRoutesOfAnyLinkDoNotCount() {
        int green = host.named("green");
        Place veth = host.veth(Sketch.HOST, 15, "veth-green", green);
        host.address(new Place(green, 2), "192.0.2.9/32");
        host.route(veth, "fe80::/64");
        host.route(veth, "ff00::/8");
        only(Pitfall.VETH_WITHOUT_ADDRESS);
        host.route(veth, "192.0.2.9/32");
        none();
    }

    @Test
    void vethIntoTheUnknownIsLeftBehindOnlyWhereAllWasSeen() {
        host.veth(Sketch.HOST, 15, "veth-old", host.named("old"));
        Place veth = new Place(Sketch.HOST, 15);
        Port port = host.port(veth);
        host.spaces.removeLast();
        host.put(veth, new Port(port.device(), List.of(), null, true, Optional.empty(), 0));
        assertEquals("ip link del dev veth-old", only(Pitfall.VETH_LEFT_BEHIND).mend());
        host.whole = false;
        none();
    }

    @Test
    void namespaceWithoutNameIsLeftBehindOnlyIfItHadOne() {
        int pid = host.space(new Space.Reach.OfProcess(77));
        host.veth(Sketch.HOST, 15, "veth-x", pid);
        host.address(new Place(Sketch.HOST, 15), "192.0.2.1/24");
        host.address(new Place(pid, 2), "192.0.2.2/24");
        none();
        host.spaces.get(pid).formerName = Optional.of("old");
        assertTrue(only(Pitfall.VETH_LEFT_BEHIND).what().contains("namespace old was deleted; process 77"));
    }

    @Test
    void youngerOfTwoWithOneAddressIsToChange() {
        host.spaces.get(2).ports.remove(2);
        Place veth = host.veth(Sketch.HOST, 12, "veth-blue", 2);
        host.master(veth, 10);
        host.address(Sketch.BLUE, "10.0.0.2/24");
        host.wayOut(Sketch.BLUE, "10.0.0.1");
        assertEquals(
                "ip -n blue address del 10.0.0.2/24 dev eth0 && ip -n blue address add 10.0.0.3/24 dev eth0"
                        + " && ip -n blue route replace default via 10.0.0.1 dev eth0",
                only(Pitfall.DUPLICATE_ADDRESS).mend());
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.254/25, true",
        "10.0.1.1/24, false",
        "10.0.0.9/32, false",
        "10.0.1.1/23, true",
        "2001:db8::1/64, false"
    })
    void subnetsOverlapFromTheirFirstToTheirLastAddress(String address, boolean overlaps) {
        Place other = host.bridge(30, "br1");
        host.address(other, address);
        if (overlaps) {
            only(Pitfall.OVERLAPPING_SUBNETS);
            host.spaces.get(Sketch.HOST).rules.add(new RoutingRule("br1", 0, 254));
            only(Pitfall.OVERLAPPING_SUBNETS);
            host.spaces.get(Sketch.HOST).rules.add(new RoutingRule("br1", 0, 100));
        }
        none();
    }

    @Test
    void markThatLeadsToASegmentTellsItsSubnetApart() {
        host.address(host.bridge(30, "br1"), "10.0.0.254/24");
        Sketch.Draft here = host.spaces.get(Sketch.HOST);
        here.rules.add(new RoutingRule("", 7701, 7701));
        only(Pitfall.OVERLAPPING_SUBNETS);
        here.routes.add(new RouteEntry(7701, IpAddress.parse("10.0.0.0"), 24, 30));
        none();
    }

    @Test
    void forwardingMattersWhereSomebodyIsToBeForwarded() {
        host.spaces.get(Sketch.HOST).forwards.put(Space.Family.IPV6, false);
        host.spaces.get(1).forwards.put(Space.Family.IPV4, false);
        none();
        host.spaces.get(Sketch.HOST).forwards.put(Space.Family.IPV4, false);
        assertTrue(only(Pitfall.FORWARDING_OFF).what().endsWith("the way out of red, blue"));
        host.spaces.get(1).wayOut.clear();
        host.spaces.get(2).wayOut.clear();
        none();
    }

    @Test
    void oneDeviceMayBeKeptFromForwarding() {
        host.forwards(Sketch.UPLINK, false);
        none();
        host.forwards(Sketch.BRIDGE, false);
        assertEquals(
                "sysctl -w net/ipv4/conf/br0/forwarding=1",
                only(Pitfall.FORWARDING_OFF).mend());
    }

    @Test
    void masqueradeMustCoverSourceAndDevice() {
        Sketch.Draft own = host.spaces.get(Sketch.HOST);
        own.sourceNat = new ArrayList<>();
        host.masquerade("10.0.0.0", 25, "eth9");
        none();
        own.sourceNat = new ArrayList<>();
        host.masquerade("10.0.0.128", 25, "eth9");
        only(Pitfall.NO_MASQUERADE);
        own.sourceNat = new ArrayList<>();
        host.masquerade("10.0.0.0", 24, "eth8");
        assertTrue(only(Pitfall.NO_MASQUERADE).mend().contains("ip saddr 10.0.0.0/24 oifname \"eth9\" masquerade"));
        own.wayOut.clear();
        none(); // then there is no world
    }

    @Test
    void unreadRulesAreNoFinding() {
        host.spaces.get(Sketch.HOST).sourceNat = null;
        none();
    }

    @Test
    void offloadsThatXdpTookAreNotToldTwice() {
        host.offloads(Sketch.RED, false, false);
        only(Pitfall.SEGMENTATION_OFF);
        host.xdp(Sketch.VETH_RED, 42);
        assertEquals(
                "ip link set dev veth-red xdp off", only(Pitfall.XDP_ON_VETH).mend());
    }

    @Test
    void receiveOffloadMattersOnTheUplinkAlone() {
        host.offloads(Sketch.UPLINK, true, false);
        assertEquals("ethtool -K eth9 gro on", only(Pitfall.RECEIVE_OFFLOAD_OFF).mend());
        host.offloads(Sketch.UPLINK, false, true);
        none();
    }

    @Test
    void uplinkMayBeAPortOfABridge() {
        host.master(Sketch.UPLINK, 10);
        host.offloads(Sketch.UPLINK, true, false);
        host.wayOut(Sketch.BRIDGE, "10.0.0.254");
        assertEquals(
                List.of(Pitfall.RECEIVE_OFFLOAD_OFF),
                host.findings().stream().map(Finding::pitfall).toList());
    }

    @Test
    void rightsComeBeforeWhatTheyHide() {
        host.machine = new Machine(
                Path.of("/sys/fs/bpf/weir"),
                new Support.Unknown("denied"),
                new Support.Unsupported("this process may not use BPF", "run as root"),
                new Support.Unknown("denied"),
                List.of("CAP_NET_ADMIN"));
        only(Pitfall.NO_CAPABILITIES);
    }

    @Test
    void eachPrerequisiteIsAFinding() {
        host.machine = new Machine(
                Path.of("/var/pins"),
                new Support.Unsupported("/var/pins is not in a BPF file system", ""),
                new Support.Unsupported("libbpf.so.1 is not on this host", "apt install libbpf1"),
                new Support.Unsupported("the kernel has no TCX", "run Linux 6.6"),
                List.of());
        Map<Pitfall, String> mend = host.findings().stream().collect(Collectors.toMap(Finding::pitfall, Finding::mend));
        assertEquals("apt install libbpf1", mend.get(Pitfall.NO_BPF));
        assertEquals("mkdir -p /var/pins && mount -t bpf bpf /var/pins", mend.get(Pitfall.NO_BPFFS));
        assertTrue(mend.containsKey(Pitfall.NO_TCX));
    }

    @Test
    void findingsOfOneKindAreBounded() {
        for (int i = 0; i <= Doctor.MAX_FINDINGS; i++) {
            host.down(new Place(host.named("n" + i), 1));
        }
        DoctorView view = Doctor.examine(host.state());
        assertEquals(Doctor.MAX_FINDINGS, view.findings().size());
        assertEquals(List.of("1 more findings like `loopback-down` are left out"), view.notes());
    }

    @Test
    void wordsForTheShellAreQuoted() {
        assertEquals("veth-7.1", Quoted.of("veth-7.1"));
        assertEquals("'$(reboot)'", Quoted.of("$(reboot)"));
        assertEquals("'a;b'", Quoted.of("a;b"));
        assertEquals("'it'\\''s'", Quoted.of("it's"));
        assertEquals("''", Quoted.of(""));
    }
}
