// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.abi.CellOwner;
import dev.weir.abi.Codecs;
import dev.weir.abi.Event;
import dev.weir.abi.Limits;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.BpfMap;
import dev.weir.bpf.MappedArray;
import dev.weir.bpf.PerCpuArray;
import dev.weir.bpf.RingBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What all maps hold, so that a test can tell whether anything was changed.
public final class MapContents {
    private MapContents() {}

    /// A hash of each map, by name.
    public static Map<String, String> read(PinPaths pins, WeirMaps maps) {
        Map<String, String> contents = new TreeMap<>();
        contents.put("weir_state", bytes(maps.state()));
        contents.put("weir_endpoints", bytes(maps.endpoints()));
        try (MappedArray images = WeirMaps.openImages(pins)) {
            contents.put("weir_images", bytes(images));
        }
        contents.put("weir_accounts", bytes(maps.accounts()));
        contents.put("weir_handshakes", bytes(maps.handshakes()));
        contents.put("weir_devices", entries(maps.devices()));
        contents.put("weir_flows", entries(maps.flows()));
        try (var owners = BpfMap.openPinned(pins.map("weir_cell_owners"), Codecs.U32, CellOwner.CODEC)) {
            contents.put("weir_cell_owners", entries(owners));
        }
        contents.put("weir_addresses", entries(maps.addresses()));
        contents.put(WeirMaps.PEERS, entries(maps.peers()));
        contents.put("weir_vantages", entries(maps.vantages()));
        contents.put("weir_cells", sums(maps.cells(), Limits.MAX_CELLS));
        contents.put("weir_counters", sums(maps.counters(), Limits.MAX_ENDPOINTS));
        contents.put(
                "weir_fragments", // whose structs only programs know; in the order of the dump
                hash(Shell.run("bpftool map dump pinned " + pins.map("weir_fragments"))
                        .lines()
                        .sorted()
                        .toList()));
        List<String> events = new ArrayList<>();
        try (RingBuffer ring = WeirMaps.openEvents(pins)) {
            ring.peek(Event.CODEC, event -> events.add(event.toString()));
        }
        contents.put("weir_events", hash(events));
        if (!contents.keySet().equals(Set.copyOf(WeirMaps.NAMES))) {
            throw new AssertionError("these maps are read: " + contents.keySet() + ", of " + WeirMaps.NAMES);
        }
        return contents;
    }

    private static String bytes(MappedArray array) {
        return hash(array.copyOut(0, (int) array.length()));
    }

    private static String entries(BpfMap<?, ?> map) {
        List<String> lines = new ArrayList<>();
        map.forEach((key, value) -> lines.add(key + " = " + value));
        lines.sort(null);
        return lines.size() + " " + hash(lines);
    }

    private static String sums(PerCpuArray<?> array, int limit) {
        List<String> lines = new ArrayList<>();
        array.forEachSum(limit, (sum, index) -> lines.add(index + " = " + sum));
        return hash(lines);
    }

    private static String hash(List<String> lines) {
        return hash(String.join("\n", lines).getBytes(UTF_8));
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
