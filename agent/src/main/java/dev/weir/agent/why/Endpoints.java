// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.why;

import dev.weir.abi.AddressKey;
import dev.weir.abi.Endpoint;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.agent.pins.WeirMaps;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// What the live maps say of devices and addresses.
public final class Endpoints {
    private static final String HOST = "host";

    private final List<Endpoint> all;
    private final Map<Integer, String> vantages;
    private final WeirMaps maps;

    private Endpoints(List<Endpoint> all, WeirMaps maps) {
        this.all = all;
        this.vantages = maps.readVantageNames();
        this.maps = maps;
    }

    public static Endpoints read(WeirMaps maps) {
        return new Endpoints(
                maps.readEndpoints().values().stream()
                        .sorted(Comparator.comparing(Endpoint::key))
                        .toList(),
                maps);
    }

    /// What a device is called by whoever looks at all vantages: outside that of the host with that of its own in
    /// front.
    public String called(Endpoint endpoint) {
        return WeirMaps.called(endpoint, vantages);
    }

    /// All of them, those of the host first.
    public List<Endpoint> all() {
        return all;
    }

    /// The devices that lead to a namespace, or the one that is called so, those of the host first.
    public List<Endpoint> of(String namespace) {
        return all.stream()
                .filter(endpoint -> endpoint.namespaceName().equals(namespace))
                .toList();
    }

    /// The names of all namespaces, each once.
    public SortedSet<String> namespaces() {
        SortedSet<String> names = new TreeSet<>();
        all.forEach(endpoint -> names.add(endpoint.namespaceName()));
        return names;
    }

    /// Who holds an address now, as an endpoint sees it: on its own segment first, then anywhere. `host`, or the
    /// name of a namespace; empty: nobody.
    public Optional<String> holder(Endpoint endpoint, IpAddress address) {
        return maps.addresses()
                .lookup(new AddressKey(address, endpoint.vantage(), endpoint.segment()))
                .or(() -> maps.addresses().lookup(new AddressKey(address, endpoint.vantage(), Limits.ANYWHERE)))
                .map(this::name);
    }

    /// The addresses that a namespace holds on the segment of this device of it, in order.
    public SortedSet<IpAddress> held(Endpoint endpoint) {
        SortedSet<IpAddress> held = new TreeSet<>();
        maps.addresses().forEach((key, number) -> {
            if (endpoint.namespaceNumber() != 0
                    && number == endpoint.namespaceNumber()
                    && key.vantage() == endpoint.vantage()
                    && key.segment() == endpoint.segment()) {
                held.add(key.address());
            }
        });
        return held;
    }

    private String name(int number) {
        if (number == Limits.HOST_NUMBER) {
            return HOST;
        }
        return all.stream()
                .filter(endpoint -> endpoint.namespaceNumber() == number)
                .map(Endpoint::namespaceName)
                .findFirst()
                .orElse("a namespace that is not enforced");
    }
}
