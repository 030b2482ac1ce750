// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.upgrade;

import dev.weir.abi.Settings;
import dev.weir.abi.State;
import dev.weir.abi.Verdict;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.pins.Links;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import dev.weir.bpf.MapShape;
import dev.weir.bpf.MappedArray;
import dev.weir.bpf.RcuFence;
import dev.weir.bpf.StructField;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A version of Weir before this one, made of the same sources with the structs that they share laid out in another
/// way.
public final class OlderVersion {
    private static final int LAYOUT = 2;
    private static final Path SOURCES = Path.of("../bpf");

    private final Build build;

    private OlderVersion(Build build) {
        this.build = build;
    }

    /// Compiles it.
    ///
    /// @param directory where, empty
    /// @param changes what is otherwise in `abi.h`
    public static OlderVersion compiled(Path directory, UnaryOperator<String> changes) {
        try {
            Path header = Files.createDirectories(directory.resolve("weir")).resolve("abi.h");
            String text = Files.readString(SOURCES.resolve("include/weir/abi.h"))
                    .replaceFirst("#define WEIR_LAYOUT \\d+", "#define WEIR_LAYOUT " + LAYOUT)
                    .replaceAll("(?m)^_Static_assert\\(sizeof.*$", "");
            Files.writeString(header, changes.apply(text));
            for (String name : List.of("tcx", "flows", "sums")) {
                Shell.run(
                        "clang-19 -target bpf -mcpu=v3 -O2 -g -std=gnu11 -I%s -I%s/include -isystem /usr/include/%s-linux-gnu -c %s/programs/%s.bpf.c -o %s/%s.o"
                                .formatted(
                                        directory,
                                        SOURCES,
                                        System.getProperty("os.arch").replace("amd64", "x86_64"),
                                        SOURCES,
                                        name,
                                        directory,
                                        name));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new OlderVersion(new Build(LAYOUT, name -> bytes(directory.resolve(name + ".o"))));
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Gives a struct in C its members in the opposite order; those of eight bytes stay aligned if it has no hole.
    public static String reversed(String header, String struct) {
        Matcher found = Pattern.compile("(?s)(\nstruct " + struct + " \\{\n)(.*?)(\n\\};)")
                .matcher(header);
        if (!found.find()) {
            throw new IllegalArgumentException("no struct " + struct);
        }
        String plain = found.group(2).replaceAll("(?s)/\\*.*?\\*/", "");
        List<String> members = new ArrayList<>(List.of(plain.strip().split(";\\s*")));
        Collections.reverse(members);
        return header.substring(0, found.start()) + found.group(1) + String.join(";\n", members) + ";" + found.group(3)
                + header.substring(found.end());
    }

    /// Puts what an agent of this version has left into the hands of the older one: its maps, its programs. They are
    /// taken
    /// for maps of a still older one, so that the way is the usual one.
    public void takeOver(PinPaths pins) {
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            maps.state().setInt(State.VERSION, LAYOUT - 1);
        }
        try (Migration way = Migration.begin(pins, build).orElseThrow();
                RcuFence fence = RcuFence.create()) {
            copyPolicies(pins, way.pins());
            way.depart();
            Map<Integer, List<Links.Pin>> links = new Links(pins)
                    .list().stream()
                            .collect(Collectors.groupingBy(pin -> pin.device().vantage()));
            links.forEach((vantage, devices) -> move(vantage, devices, way.pins()));
            way.arrive(fence::await);
        }
    }

    private void move(int vantage, List<Links.Pin> links, PinPaths pins) {
        try (BpfObject tcx = BpfObject.open("tcx", build.objects().apply("tcx"))) {
            WeirMaps.NAMES.forEach(map -> tcx.pinnedAt(map, pins.map(map)));
            tcx.constants(Settings.CODEC, Settings.of(vantage, Verdict.ALLOW)).load();
            try (BpfProgram egress = tcx.program("weir_tcx_in");
                    BpfProgram ingress = tcx.program("weir_tcx_eg")) {
                for (Links.Pin pin : links) {
                    try (DeviceLink link = DeviceLink.openPinned(pin.path())) {
                        link.update(pin.hook() == DeviceHook.TCX_INGRESS ? egress : ingress);
                    }
                }
            }
        }
    }

    /// Images are the same in both versions here, and so are their places.
    private static void copyPolicies(PinPaths from, PinPaths to) {
        try (MappedArray images = WeirMaps.openImages(from);
                MappedArray copy = WeirMaps.openImages(to)) {
            copy.copyIn(0, images.copyOut(0, (int) images.length()));
        }
        try (MappedArray endpoints = MappedArray.openPinned(from.map(WeirMaps.ENDPOINTS));
                MappedArray copy = MappedArray.openPinned(to.map(WeirMaps.ENDPOINTS))) {
            int slots = Math.min(endpoints.info().maxEntries(), copy.info().maxEntries());
            for (String chain : List.of("chain[0]", "chain[1]")) {
                int before = offset(from, chain);
                int after = offset(to, chain);
                for (int slot = 0; slot < slots; slot++) {
                    copy.setInt(copy.offset(slot) + after, endpoints.getInt(endpoints.offset(slot) + before));
                }
            }
        }
    }

    private static int offset(PinPaths pins, String field) {
        return MapShape.ofPinned(pins.map(WeirMaps.ENDPOINTS)).value().stream()
                .filter(each -> each.path().equals(field))
                .mapToInt(StructField::offset)
                .findAny()
                .orElseThrow();
    }
}
