// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.BpfObjects;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Settings;
import dev.weir.agent.config.WeirConfig.Hook;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The programs that judge packets: loaded once for each vantage, whose number is a constant of theirs, over the
/// same maps. Those of the host are loaded at once, others when a device of their vantage first needs them; whoever
/// gets a number next gets its programs too.
final class PathPrograms implements AutoCloseable {
    private final PinPaths pins;
    private final Settings settings;
    private final Hook hook;
    private final Map<Integer, Set> byVantage = new HashMap<>();

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
    record Set(Optional<BpfProgram> front, BpfProgram egress, BpfProgram ingress) {
        private void close() {
            front.ifPresent(BpfProgram::close);
            egress.close();
            ingress.close();
        }
    }

    /// Loads those of the host.
    static PathPrograms load(PinPaths pins, Settings settings, Hook hook) {
        PathPrograms programs = new PathPrograms(pins, settings, hook);
        programs.in(DeviceKey.HOST);
        return programs;
    }

    /// Those of a vantage.
    Set in(int vantage) {
        return byVantage.computeIfAbsent(vantage, this::load);
    }

    private Set load(int vantage) {
        Settings constants = settings.in(vantage);
        try (BpfObject path = open("tcx")) {
            path.constants(Settings.CODEC, constants).load();
            return new Set(
                    hook == Hook.XDP ? Optional.of(front(constants)) : Optional.empty(),
                    path.program("weir_tcx_in"),
                    path.program("weir_tcx_eg"));
        }
    }

    private BpfProgram front(Settings constants) {
        try (BpfObject object = open("xdp")) {
            object.constants(Settings.CODEC, constants).load();
            return object.program("weir_xdp");
        }
    }

    private BpfObject open(String name) {
        BpfObject object = BpfObject.open(name, BpfObjects.bytes(name));
        WeirMaps.NAMES.forEach(map -> object.pinnedAt(map, pins.map(map)));
        return object;
    }

    /// Lets go of all; links go on running those that they have.
    @Override
    public void close() {
        byVantage.values().forEach(Set::close);
        byVantage.clear();
    }
}
