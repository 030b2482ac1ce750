// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.IpAddress;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.netns.World;
import dev.weir.net.MacAddress;
import dev.weir.policy.Cidr;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What is read from the host of whose an address may be.
class DiscoveryTest extends HostTest {
    private static World observed() {
        return Observed.world();
    }

    private static World.Device leadingTo(World world, String namespace) {
        return world.devices().stream()
                .filter(device -> device.namespace().equals(namespace))
                .findAny()
                .orElseThrow();
    }

    private static World.Segment segment(World world, int ifindex) {
        return world.segments().stream()
                .filter(segment -> segment.key().ifindex() == ifindex)
                .findAny()
                .orElseThrow();
    }

    @Test
    void segmentIsTheBridgeOrTheVethItself() {
        redBlueAndGreen();
        World world = observed();
        assertEquals(ifindex("br0"), leadingTo(world, "red").segment().ifindex());
        assertEquals(ifindex("br0"), leadingTo(world, "blue").segment().ifindex());
        assertEquals(ifindex("veth-green"), leadingTo(world, "green").segment().ifindex());
        assertEquals(
                List.of(ifindex("br0"), ifindex("veth-green")).stream().sorted().toList(),
                world.segments().stream()
                        .map(segment -> segment.key().ifindex())
                        .toList());
    }

    @Test
    void segmentTellsTheSubnetsAndMacsOfTheHost() {
        redAndBlue();
        Shell.run("ip address add 2001:db8::1/64 dev br0 nodad");
        World.Segment bridge = segment(observed(), ifindex("br0"));
        assertEquals(
                Set.of(new Cidr(IpAddress.parse("10.10.0.0"), 24), new Cidr(IpAddress.parse("2001:db8::"), 64)),
                bridge.subnets());
        Set<MacAddress> own = Stream.of("br0", "veth-red", "veth-blue")
                .map(DiscoveryTest::mac)
                .collect(Collectors.toSet());
        assertEquals(own, bridge.macs());
    }

    private static MacAddress mac(String device) {
        return MacAddress.of(device(device).orElseThrow().mac()).orElseThrow();
    }

    @Test
    void macIsThatOfTheInnerEnd() {
        redAndBlue();
        Shell.run("ip -n red link set eth0 address 02:00:00:00:00:07");
        assertEquals(
                Optional.of(new MacAddress(0x020000000007L)),
                leadingTo(observed(), "red").mac());
    }

    @Test
    void routeIsAskedForWhatNoSubnetCovers() {
        redAndBlue();
        for (String address : List.of("192.0.2.7/32", "192.0.2.8/32", "192.0.2.9/32", "10.10.0.7/24")) {
            Shell.run("ip -n red address add %s dev eth0".formatted(address));
        }
        Shell.run("ip route add 192.0.2.7/32 dev br0");
        Shell.run("ip route add 192.0.2.8/32 via 10.10.0.3");
        assertEquals(
                Map.of(IpAddress.parse("192.0.2.7"), ifindex("br0")),
                observed().vantages().getFirst().routes());
    }
}
