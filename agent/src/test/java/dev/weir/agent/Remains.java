// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// What lies in the kernel for Weir, to be compared with what lay there before: pins, and how many entries maps have.
///
/// @param countedFlows what the accounts say that there are flows
record Remains(
        SortedSet<Path> pins, int endpoints, int devices, int addresses, int cells, int flows, long countedFlows) {
    static Remains of(PinPaths pins) {
        AtomicInteger devices = new AtomicInteger();
        AtomicInteger addresses = new AtomicInteger();
        AtomicInteger flows = new AtomicInteger();
        try (WeirMaps maps = WeirMaps.openPinned(pins);
                Stream<Path> pinned = Files.walk(pins.root())) {
            maps.devices().forEach((key, slot) -> devices.incrementAndGet());
            maps.addresses().forEach((key, number) -> addresses.incrementAndGet());
            maps.flows().forEach((key, flow) -> flows.incrementAndGet());
            return new Remains(
                    new TreeSet<>(pinned.toList()),
                    maps.readEndpoints().size(),
                    devices.get(),
                    addresses.get(),
                    maps.owners().all().size(),
                    flows.get(),
                    maps.readFlowCount());
        } catch (IOException e) {
            throw new UncheckedIOException("list what is pinned", e);
        }
    }
}
