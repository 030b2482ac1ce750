// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What links to devices take of the kernel's memory, where nothing else is attached.
final class LinkMemory {
    /// Batches of links, each measured by itself: what other processes do meanwhile is in few of them.
    private static final int BATCHES = 10;

    private static final List<DeviceHook> HOOKS = List.of(DeviceHook.TCX_INGRESS, DeviceHook.TCX_EGRESS);
    private static final String GENERAL = "kmalloc-"; // what links and the chains of hooks are taken from
    private static final String ALL = "";
    private static final Path PINS = Path.of("/sys/fs/bpf/bench-links");

    private LinkMemory() {}

    /// Bytes a link, of each batch.
    ///
    /// @param general without the pin
    /// @param all with the pin, and whatever others did
    record Figures(List<Double> general, List<Double> all) {
        Figures {
            general = List.copyOf(general);
            all = List.copyOf(all);
        }
    }

    /// Attaches a program that does nothing to both hooks of devices of a [Crowd], and pins the links as the agent
    /// does; takes them away again.
    ///
    /// @param first of the devices, which have never had a program: memory that is free again would be taken first
    /// @param devices how many
    static Figures measure(int first, int devices) {
        List<DeviceLink> links = new ArrayList<>();
        try (BpfProgram empty = EmptyProgram.load("weir_empty")) {
            Files.createDirectories(PINS);
            List<Double> general = new ArrayList<>();
            List<Double> all = new ArrayList<>();
            int each = devices / BATCHES;
            for (int batch = 0; batch < BATCHES; batch++) {
                long generalBefore = KernelMemory.objects(GENERAL);
                long allBefore = KernelMemory.objects(ALL);
                attach(empty, first + batch * each, each, links);
                general.add((double) (KernelMemory.objects(GENERAL) - generalBefore) / (HOOKS.size() * each));
                all.add((double) (KernelMemory.objects(ALL) - allBefore) / (HOOKS.size() * each));
            }
            return new Figures(general, all);
        } catch (IOException e) {
            throw new UncheckedIOException("pin links", e);
        } finally {
            remove(links);
        }
    }

    private static void attach(BpfProgram program, int first, int count, List<DeviceLink> links) {
        for (int i = first; i < first + count; i++) {
            int ifindex = Crowd.ifindex(Crowd.device(i));
            for (DeviceHook hook : HOOKS) {
                DeviceLink link = DeviceLink.attach(program, ifindex, hook);
                link.pin(PINS.resolve(Integer.toString(links.size())));
                links.add(link);
            }
        }
    }

    private static void remove(List<DeviceLink> links) {
        try {
            for (int i = 0; i < links.size(); i++) {
                links.get(i).detach();
                links.get(i).close();
                Files.deleteIfExists(PINS.resolve(Integer.toString(i)));
            }
            Files.deleteIfExists(PINS);
        } catch (IOException e) {
            throw new UncheckedIOException("remove the pins of links", e);
        }
    }
}
