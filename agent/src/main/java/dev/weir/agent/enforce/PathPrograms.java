// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.BpfObjects;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Settings;
import dev.weir.agent.config.WeirConfig.Hook;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.BpfException;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/// The programs that judge packets: loaded once for each vantage, whose number is a constant of theirs, over the
/// same maps. Those of the host are loaded at once, others when a device of their vantage first needs them; whoever
/// gets a number next gets its programs too. The verifier takes a tenth of a second for a program and lets several be
/// verified at a time, so each has a thread, and whoever loads them can do something else meanwhile.
final class PathPrograms implements AutoCloseable {
    private final PinPaths pins;
    private final Settings settings;
    private final Hook hook;
    private final Map<Integer, Loading> byVantage = new HashMap<>();

    private PathPrograms(PinPaths pins, Settings settings, Hook hook) {
        this.pins = pins;
        this.settings = settings;
        this.hook = hook;
    }

    /// The programs of one vantage.
    ///
    /// @param front what drops some packets that leave an endpoint before they are judged; empty where it is not
    /// wanted
    /// @param egress what judges packets that leave an endpoint
    /// @param ingress what judges packets that enter one
    record Set(Optional<BpfProgram> front, BpfProgram egress, BpfProgram ingress) {}

    /// As [Set], while they are loaded.
    private record Loading(
            Optional<CompletableFuture<BpfProgram>> front,
            CompletableFuture<BpfProgram> egress,
            CompletableFuture<BpfProgram> ingress) {
        Set await() {
            return new Set(front.map(Loading::await), await(egress), await(ingress));
        }

        private static BpfProgram await(CompletableFuture<BpfProgram> program) {
            try {
                return program.join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof RuntimeException why ? why : e;
            }
        }

        void close() {
            Stream.concat(front.stream(), Stream.of(egress, ingress)).forEach(program -> {
                if (program.handle((_, why) -> why == null).join()) {
                    program.join().close();
                }
            });
        }
    }

    /// Makes the maps, and begins to load the programs of the host.
    static PathPrograms load(PinPaths pins, Settings settings, Hook hook) {
        PathPrograms programs = new PathPrograms(pins, settings, hook);
        try (BpfObject maps = programs.open("tcx")) {
            maps.mapsOnly().load();
        }
        programs.begin(DeviceKey.HOST);
        return programs;
    }

    /// Those of a vantage, once they are loaded.
    ///
    /// @throws BpfException when the kernel refuses one
    Set in(int vantage) {
        return begin(vantage).await();
    }

    private Loading begin(int vantage) {
        return byVantage.computeIfAbsent(vantage, _ -> {
            Settings constants = settings.in(vantage);
            return new Loading(
                    hook == Hook.XDP ? Optional.of(load("xdp", "weir_xdp", constants)) : Optional.empty(),
                    load("tcx", "weir_tcx_in", constants),
                    load("tcx", "weir_tcx_eg", constants));
        });
    }

    private CompletableFuture<BpfProgram> load(String object, String program, Settings constants) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try (BpfObject path = open(object)) {
                        path.constants(Settings.CODEC, constants).only(program).load();
                        return path.program(program);
                    }
                },
                task -> Thread.ofPlatform().name("weir-load").daemon().start(task));
    }

    private BpfObject open(String name) {
        BpfObject object = BpfObject.open(name, BpfObjects.bytes(name));
        WeirMaps.NAMES.forEach(map -> object.pinnedAt(map, pins.map(map)));
        return object;
    }

    /// Lets go of all; links go on running those that they have.
    @Override
    public void close() {
        byVantage.values().forEach(Loading::close);
        byVantage.clear();
    }
}
