// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.lab.Shell;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.TcxAttachment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What the kernel says of its memory, in bytes.
final class KernelMemory {
    private static final PinPaths PINS = new PinPaths(Path.of("/sys/fs/bpf/weir"));
    private static final Pattern MEMLOCK = Pattern.compile("\"bytes_memlock\":(\\d+)");

    private KernelMemory() {}

    /// A map of the agent's.
    static long map(String name) {
        return memlock("map show pinned " + PINS.map(name));
    }

    /// All maps that the agent has pinned.
    static long maps() {
        return WeirMaps.NAMES.stream().mapToLong(KernelMemory::map).sum();
    }

    /// The programs on both TCX hooks of a device of the host.
    static long programs(String device) {
        int ifindex = Crowd.ifindex(device);
        return Stream.of(DeviceHook.TCX_INGRESS, DeviceHook.TCX_EGRESS)
                .flatMap(hook -> TcxAttachment.chain(ifindex, hook).orElseThrow().stream())
                .mapToLong(attachment -> memlock("prog show id " + attachment.programId()))
                .sum();
    }

    private static long memlock(String what) {
        String shown = Shell.run("bpftool -j " + what);
        Matcher bytes = MEMLOCK.matcher(shown);
        if (!bytes.find()) {
            throw new IllegalStateException("bpftool does not say what memory it takes: " + shown);
        }
        return Long.parseLong(bytes.group(1));
    }

    /// All slabs (proc(5), `Slab` of meminfo), among them the entries of hash tables.
    static long slabs() {
        return lines("/proc/meminfo")
                .filter(line -> line.startsWith("Slab:"))
                .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    /// Objects in use of the slab caches whose names begin so (slabinfo(5)); of all of them with an empty `prefix`.
    /// Finer than [#slabs], which counts whole pages.
    static long objects(String prefix) {
        return lines("/proc/slabinfo")
                .skip(2) // the version, and what the columns are
                .filter(line -> line.startsWith(prefix))
                .map(line -> line.split(" +", -1))
                .mapToLong(fields -> Long.parseLong(fields[1]) * Long.parseLong(fields[3]))
                .sum();
    }

    private static Stream<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file)).stream();
        } catch (IOException e) {
            throw new UncheckedIOException("read the kernel's memory", e);
        }
    }
}
