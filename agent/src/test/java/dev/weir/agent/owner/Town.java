// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import static dev.weir.abi.DeviceKey.onHost;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.IpAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.World;
import dev.weir.net.MacAddress;
import dev.weir.policy.Cidr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// A world in words, for tests of who holds what. Namespaces get their numbers from 2 in the order of their names here.
final class Town {
    private final List<IpAddress> hosts = new ArrayList<>();
    private final List<World.Namespace> namespaces = new ArrayList<>();
    private final List<World.Segment> segments = new ArrayList<>();
    private final List<World.Device> devices = new ArrayList<>();
    private final Map<IpAddress, Integer> routes = new HashMap<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final Map<Place, Integer> held = new HashMap<>();
    private final Map<DeviceKey, Guard> guards = new HashMap<>();
    private WeirConfig.Addresses addresses = WeirConfig.Addresses.LEARNED;
    private final Map<String, List<IpAddress>> declared = new HashMap<>();
    private final List<String> forwarders = new ArrayList<>();
    private boolean guard = true;

    static IpAddress ip(String text) {
        return IpAddress.parse(text);
    }

    static Place place(String address, int segment) {
        return new Place(ip(address), onHost(segment));
    }

    static MacAddress mac(int last) {
        return new MacAddress(0x02005eff0000L | last);
    }

    /// The host holds these addresses, with prefixes, on this segment.
    Town segment(int ifindex, String... subnets) {
        Set<Cidr> covered = new HashSet<>();
        for (String subnet : subnets) {
            String[] parts = subnet.split("/", 2);
            hosts.add(ip(parts[0]));
            covered.add(Cidr.around(ip(parts[0]), Integer.parseInt(parts[1])));
        }
        segments.add(new World.Segment(onHost(ifindex), covered, Set.of(mac(0xff))));
        return this;
    }

    /// A namespace whose interfaces have these addresses.
    Town namespace(String name, String... own) {
        namespaces.add(new World.Namespace(
                name, 70 + namespaces.size(), Stream.of(own).map(Town::ip).toList(), true));
        numbers.put(name, 1 + namespaces.size());
        return this;
    }

    /// A device on a segment that leads to the last namespace, whose end has the MAC `mac(mac)`; 0: none.
    Town device(int ifindex, int segment, int mac) {
        World.Namespace last = namespaces.getLast();
        Optional<MacAddress> behind = mac == 0 ? Optional.empty() : Optional.of(mac(mac));
        devices.add(new World.Device(
                onHost(ifindex), "veth" + ifindex, last.name(), last.inode(), onHost(segment), behind));
        return this;
    }

    Town route(String address, int segment) {
        routes.put(ip(address), segment);
        return this;
    }

    Town unnumbered(String name) {
        numbers.remove(name);
        return this;
    }

    Town held(String address, int segment, int number) {
        held.put(place(address, segment), number);
        return this;
    }

    Town guarded(int ifindex, int segment, int mac) {
        guards.put(onHost(ifindex), Guard.granting(onHost(segment), mac(mac)));
        return this;
    }

    Town declared() {
        addresses = WeirConfig.Addresses.DECLARED;
        return this;
    }

    Town declare(String name, String... own) {
        declared.put(name, Stream.of(own).map(Town::ip).toList());
        return this;
    }

    Town forwarder(String name) {
        forwarders.add(name);
        return this;
    }

    Town unguarded() {
        guard = false;
        return this;
    }

    World world() {
        return new World(
                List.of(new World.Vantage(DeviceKey.HOST, World.Vantage.HOST, hosts, routes)),
                Map.of(),
                namespaces,
                segments,
                devices,
                List.of(),
                List.of());
    }

    /// The same world told the other way round.
    World reversed() {
        return new World(
                List.of(new World.Vantage(DeviceKey.HOST, World.Vantage.HOST, hosts.reversed(), routes)),
                Map.of(),
                namespaces.reversed(),
                segments.reversed(),
                devices.reversed(),
                List.of(),
                List.of());
    }

    WeirConfig config() {
        WeirConfig usual = WeirConfig.DEFAULT;
        return new WeirConfig(
                usual.policies(),
                usual.listen(),
                usual.tls(),
                usual.tokenFile(),
                usual.bpffs(),
                usual.vantages(),
                usual.hook(),
                usual.unselected(),
                usual.otherL2(),
                guard,
                new WeirConfig.Namespaces(
                        usual.namespaces().include(), List.of(), Map.of(), addresses, declared, forwarders),
                usual.ipfix(),
                usual.flows());
    }

    Map<String, Integer> numbers() {
        return numbers;
    }

    Held held() {
        return new Held(held, guards);
    }

    Ownership decide() {
        return Ownership.of(world(), config(), numbers, held());
    }

    Ownership decide(int capacity) {
        return Ownership.of(world(), config(), numbers, held(), capacity);
    }

    /// The holders of all places, such as `192.0.2.2 on segment 5: 2`, but those of the host.
    static List<String> holders(Ownership ownership) {
        return ownership.addresses().entrySet().stream()
                .filter(entry -> entry.getValue() != 1)
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .toList();
    }

    /// The refused claims, such as `red 192.0.2.2: namespace blue holds it`.
    static List<String> refused(Ownership ownership) {
        return ownership.refused().stream()
                .map(each -> each.namespace() + " " + each.address() + ": " + each.reason())
                .toList();
    }
}
