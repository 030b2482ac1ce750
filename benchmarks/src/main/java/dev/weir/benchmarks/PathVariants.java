// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.abi.Settings;
import dev.weir.abi.Verdict;
import dev.weir.agent.enforce.PathRig;
import dev.weir.agent.packet.Packet;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.SkbContext;
import dev.weir.bpf.TestRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Parts of the packet path, and builds of it that meet something else in each run of a test run
/// (`bpf/src/test/bpf/bench.bpf.c`), on the maps of a rig.
final class PathVariants implements AutoCloseable {
    private static final Path OBJECT = Path.of("bpf/target/bench/bench.bpf.o");
    private static final int NEXT = -1; // TCX_NEXT
    private static final byte[] FRAME = Packet.udpPacket("10.0.0.1", 1, GrowthBenchmark.INSIDE, 1);

    private final BpfProgram path;
    private final BpfProgram nothing;
    private final BpfProgram key;
    private final BpfProgram flow;
    private final BpfProgram seek4;
    private final BpfProgram seek6;

    private PathVariants(BpfObject object) {
        path = object.program("weir_roam");
        nothing = object.program("weir_roam_only");
        key = object.program("weir_stage_key");
        flow = object.program("weir_stage_flow");
        seek4 = object.program("weir_seek4");
        seek6 = object.program("weir_seek6");
    }

    static PathVariants on(PathRig rig) {
        try (BpfObject object = BpfObject.open("bench", Files.readAllBytes(OBJECT))) {
            rig.share(object);
            object.constants(Settings.CODEC, Settings.of(0, Verdict.ALLOW)).load();
            return new PathVariants(object);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + OBJECT, e);
        }
    }

    /// Nanoseconds of a packet of any of the first `flows` that [GrowthBenchmark] opened, with what it takes to
    /// make it one of them.
    double packet(int flows, int repeat) {
        return passing(path, flows, repeat);
    }

    /// What it takes to make a packet one of another flow, alone.
    double making(int flows, int repeat) {
        return passing(nothing, flows, repeat);
    }

    /// Nanoseconds to find out by which epoch a packet that enters is judged, and the key of its flow.
    double key(byte[] frame, int repeat) {
        return passing(key, frame, repeat, SkbContext.on(1));
    }

    /// The same, and to look its live flow up.
    double flow(byte[] frame, int repeat) {
        return passing(flow, frame, repeat, SkbContext.on(1));
    }

    private static double passing(BpfProgram program, int flows, int repeat) {
        return passing(program, FRAME, repeat, among(flows, 0));
    }

    private static double passing(BpfProgram program, byte[] frame, int repeat, SkbContext context) {
        TestRun run = program.testRun(frame, repeat, context);
        if (run.verdict() != NEXT) {
            throw new IllegalStateException("a packet of a live flow was answered with " + run.verdict());
        }
        return run.nanos();
    }

    /// Nanoseconds of a search for any address within `span`, without all else.
    double search(boolean ipv6, int span, int repeat) {
        BpfProgram program = ipv6 ? seek6 : seek4;
        double all = program.testRun(FRAME, repeat, among(span, 1)).nanos();
        return all - program.testRun(FRAME, repeat, among(span, 0)).nanos();
    }

    private static SkbContext among(int count, int looking) {
        return new SkbContext(1, 0, 0, 0, 0, count | (long) looking << Integer.SIZE);
    }

    @Override
    public void close() {
        path.close();
        nothing.close();
        key.close();
        flow.close();
        seek4.close();
        seek6.close();
    }
}
