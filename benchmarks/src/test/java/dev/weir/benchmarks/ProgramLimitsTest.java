// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertAll;

import dev.weir.abi.BpfObjects;
import dev.weir.abi.Limits;
import dev.weir.abi.Settings;
import dev.weir.abi.SumPlace;
import dev.weir.abi.SumPlaces;
import dev.weir.abi.Verdict;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.ProgramInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// How large each program is in the kernel, and how much of it the verifier has to walk through.
@Tag("kernel")
class ProgramLimitsTest {
    private final Map<String, ProgramInfo.Size> sizes = new LinkedHashMap<>();

    @Test
    void programsAreNoLargerThanTheirLimits() throws IOException {
        load("tcx", ProgramLimitsTest::judging, "weir_tcx_in", "weir_tcx_eg");
        load("xdp", ProgramLimitsTest::judging, "weir_xdp");
        load("why", ProgramLimitsTest::judging, "weir_why_in", "weir_why_eg");
        load("expire", object -> object, "weir_expire", "weir_forget");
        load("flows", object -> object, "weir_take_flow");
        load("sums", ProgramLimitsTest::adding, "weir_take_sums");

        Ceilings ceilings = Ceilings.read();
        Ceilings.Host here = Ceilings.Host.here();
        List<Executable> checks = new ArrayList<>();
        checks.add(() -> ceilings.hold("translated instructions:", figures(ProgramInfo.Size::translated)));
        if (here.loadsAs(ceilings.host())) {
            checks.add(() -> ceilings.hold("verified instructions:", figures(ProgramInfo.Size::verified)));
            checks.add(() -> ceilings.hold("bytes of machine code:", figures(ProgramInfo.Size::machineBytes)));
        } else {
            here.skip("WHAT VERIFIER AND JIT MAKE OF PROGRAMS", ceilings.host());
        }
        assertAll(checks);
    }

    private void load(String name, UnaryOperator<BpfObject> prepare, String... programs) {
        try (BpfObject object = BpfObject.open(name, BpfObjects.bytes(name))) {
            prepare.apply(object).load();
            for (String each : programs) {
                try (BpfProgram program = object.program(each)) {
                    sizes.put(each, program.info().size());
                }
            }
        }
    }

    private static BpfObject judging(BpfObject object) {
        return object.constants(Settings.CODEC, Settings.of(0, Verdict.ALLOW));
    }

    /// As many sums as it takes.
    private static BpfObject adding(BpfObject object) {
        SumPlaces places = new SumPlaces(
                false,
                IntStream.range(0, Limits.MAX_SUMS)
                        .map(n -> n * Long.BYTES)
                        .mapToObj(at -> new SumPlace(at, Long.BYTES, at))
                        .toList());
        int bytes = Limits.MAX_SUMS * Long.BYTES;
        return object.valueSize("older", bytes).valueSize("newer", bytes).constants(SumPlaces.CODEC, places);
    }

    private Map<String, Long> figures(ToLongFunction<ProgramInfo.Size> figure) {
        Map<String, Long> figures = new LinkedHashMap<>();
        sizes.forEach((name, size) -> figures.put(name, figure.applyAsLong(size)));
        return figures;
    }
}
