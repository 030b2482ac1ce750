// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Codecs;
import dev.weir.abi.Settings;
import dev.weir.abi.Verdict;
import dev.weir.agent.enforce.Judge;
import dev.weir.agent.packet.Packet;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.PerCpuArray;
import dev.weir.bpf.SkbContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// How often a packet looks into maps on its way through the program: in a build that counts it
/// (`bpf/src/test/bpf/lookups.h`), with as many rules as change nothing about it.
@Tag("kernel")
class LookupLimitsTest {
    private static final Path COUNTING = Path.of("..", "bpf", "target", "counting", "tcx.bpf.o");
    private static final int NEXT = -1;
    private static final int DROP = 2;
    private static final int SHUT = 9;
    private static final String INSIDE = "198.51.100.1";
    private static final String OUTSIDE = SamplePolicies.peer(0).toString();
    private static final int OPEN = SamplePolicies.port(0, 0);
    private static final int ANY = 40_000;

    // elements of weir_lookups
    private static final int UPDATES = 0;
    private static final int HASH = 1; // enum bpf_map_type
    private static final int ARRAY = 2;
    private static final int PER_CPU_ARRAY = 6;

    private final Map<String, Long> figures = new LinkedHashMap<>();

    @Test
    void packetsLookIntoNoMoreMapsThanTheirLimits() throws IOException {
        try (Judge judge = new Judge();
                BpfObject object = BpfObject.open("tcx", Files.readAllBytes(COUNTING))) {
            judge.policies(SamplePolicies.shut("blue", SHUT), SamplePolicies.rules("blue", 128, 0));
            PinPaths pins = new PinPaths(Judge.ROOT);
            WeirMaps.NAMES.forEach(map -> object.pinnedAt(map, pins.map(map)));
            object.constants(Settings.CODEC, Settings.of(0, Verdict.ALLOW)).load();
            try (BpfProgram leaving = object.program("weir_tcx_in");
                    BpfProgram entering = object.program("weir_tcx_eg");
                    PerCpuArray<Long> lookups = object.perCpuArray("weir_lookups", Codecs.U64)) {
                count(lookups, "entering, new flow", entering, NEXT, Packet.udpPacket(OUTSIDE, ANY, INSIDE, OPEN));
                count(lookups, "entering, established", entering, NEXT, Packet.udpPacket(OUTSIDE, ANY, INSIDE, OPEN));
                count(lookups, "entering, denied", entering, DROP, Packet.udpPacket(OUTSIDE, ANY, INSIDE, OPEN + 1));
                count(lookups, "leaving, new flow", leaving, NEXT, Packet.udpPacket(INSIDE, ANY, OUTSIDE, ANY));
                count(lookups, "leaving, established", leaving, NEXT, Packet.udpPacket(INSIDE, ANY, OUTSIDE, ANY));
                count(lookups, "leaving, denied", leaving, DROP, Packet.udpPacket(INSIDE, ANY, OUTSIDE, SHUT));
            }
        }
        Ceilings.read().hold("lookups:", figures);
    }

    private void count(PerCpuArray<Long> lookups, String packet, BpfProgram program, int verdict, byte[] frame) {
        for (int type = 0; type < lookups.info().maxEntries(); type++) {
            lookups.zero(type);
        }
        assertEquals(
                verdict,
                program.testRun(frame, 1, SkbContext.on(Judge.LOOPBACK)).verdict(),
                packet);
        figures.put(packet + ", hash", lookups.sum(HASH));
        figures.put(packet + ", array", lookups.sum(ARRAY) + lookups.sum(PER_CPU_ARRAY));
        figures.put(packet + ", update", lookups.sum(UPDATES));
    }
}
