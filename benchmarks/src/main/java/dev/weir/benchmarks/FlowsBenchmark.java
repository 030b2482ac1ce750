// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.RunningAgent;
import dev.weir.agent.packet.Packet;
import dev.weir.agent.wire.RawSender;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// An agent as a process over a million live flows: `make bench-quick BENCH=flows`, as root.
final class FlowsBenchmark {
    private static final int FLOWS = 1_000_000;
    private static final int WIRES = 16;
    private static final int RULES = 10;
    private static final int PORTS_AT = Packet.ETHERNET + 20;

    /// Half of the table is open to whoever comes first, the other half is divided among all (`enforce.Shares`): the
    /// first wire takes the one, each other its share of the other. A frame opens a flow at both of its ends.
    private static final int FRAMES_OF_OTHERS = 16_000;

    private static final int FRAMES_OF_FIRST = FLOWS / 2 - (WIRES - 1) * FRAMES_OF_OTHERS;

    private static final int FEW_FRAMES = 5_000; // on the first wire alone

    private static final String METRICS = "/metrics";
    private static final String TABLE = "/api/v1/flows?limit=0&sort=none";
    private static final String NONE_OF_IT = TABLE + "&namespace=nobody";
    private static final String PAGE = "/api/v1/flows?sort=none&limit=500";
    private static final long SECOND_NANOS = 1_000_000_000;
    private static final long REST_NANOS = 12 * SECOND_NANOS;
    private static final int FOREVER = Integer.MAX_VALUE; // in jiffies
    private static final int SLICES = 10; // of a wire, together a second

    private final int rounds;
    private final int scrapes;
    private final int pairs;
    private final int walks;
    private final List<Wire> wires = new ArrayList<>();
    private final Section section;

    private FlowsBenchmark(Effort effort) {
        rounds = effort.rounds(5, 21);
        scrapes = effort.rounds(20, 100);
        pairs = effort.rounds(7, 31);
        walks = effort.rounds(3, 9);
        section = new Section("A million flows", method(), "what", "measured", "budget");
    }

    static Section run(Effort effort) {
        try (Lab lab = new Lab()) {
            return new FlowsBenchmark(effort).run(lab, Files.createTempDirectory(Path.of("/run"), "weir-bench"));
        } catch (IOException e) {
            throw new UncheckedIOException("measure an agent over many flows", e);
        }
    }

    private Section run(Lab lab, Path home) throws IOException {
        Files.writeString(
                Files.createDirectory(home.resolve("policies")).resolve("sample.yaml"),
                SamplePolicies.rules("*", RULES, 0) + "    - {name: rest, allow: any, from: 192.0.2.0/24}\n");
        try {
            for (int i = 0; i < WIRES; i++) {
                wires.add(new Wire(lab, Integer.toString(i), i));
            }
            try (RunningAgent agent = RunningAgent.start(home, "", "flows: {per-namespace: 0, idle: {udp: 2h}}\n")) {
                measure(agent);
            }
            try (FlowTable table = new FlowTable();
                    FlowWalk walk = new FlowWalk()) {
                walk(walk, table);
            }
            RunningAgent.command(home, "detach");
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
        return section;
    }

    private void measure(RunningAgent agent) throws IOException {
        scrape("scrape, hardly a flow", null);
        try (FlowTable table = new FlowTable()) {
            open(FEW_FRAMES, 0);
            kernelMemory("the table in the kernel, %,d flows".formatted(table.read()), 20, table);
            long slabs = KernelMemory.slabs();
            open(FRAMES_OF_FIRST, FRAMES_OF_OTHERS);
            long flows = table.read();
            if (flows < FLOWS) {
                throw new IllegalStateException("%d flows were opened, not %d".formatted(flows, FLOWS));
            }
            section.row("flows", "%,d".formatted(flows), "");
            kernelMemory("the table in the kernel, all flows", 220, table);
            section.row(
                    "what all of the kernel's slabs grew by meanwhile",
                    "%.0f MiB".formatted((KernelMemory.slabs() - slabs) / (1024.0 * 1024)),
                    "");
            scrape("scrape, all flows there", Budget.most(100, "ms"));
            dump(agent, table);
        }
        remember(agent);
        slow();
    }

    /// Opens flows up to these numbers of frames on the first wire, and on each other one; those that are there move.
    ///
    /// @return how many seconds they were sent
    private double open(int ofFirst, int ofOthers) throws IOException {
        Map<String, String> devices = new LinkedHashMap<>();
        wires.forEach(wire -> devices.put(wire.clientName(), "eth0"));
        try (RawSender sender = new RawSender(devices)) {
            long start = System.nanoTime();
            for (Wire wire : wires) {
                int frames = wire.equals(wires.getFirst()) ? ofFirst : ofOthers;
                wire.send(sender, Wire.PORT, new RawSender.Flood(PORTS_AT, 0, frames, 0));
            }
            return (System.nanoTime() - start) / 1e9;
        }
    }

    /// What the kernel does with flows while no agent has it walk.
    private void walk(FlowWalk walk, FlowTable table) throws IOException {
        double[] still = new double[walks];
        double[] moved = new double[walks];
        double[] ended = new double[walks];
        double[] deleted = new double[walks];
        double[] opened = new double[walks];
        for (int round = 0; round < walks; round++) {
            walk.walk(FOREVER); // what moved before is dealt with
            still[round] = walk.walk(FOREVER).seconds();
            open(FRAMES_OF_FIRST, FRAMES_OF_OTHERS);
            moved[round] = walk.walk(FOREVER).seconds();
            LockSupport.parkNanos(SECOND_NANOS / 10); // more than a jiffy
            ended[round] = walk.walk(0).seconds();
            FlowWalk.Walked last = walk.walk(0);
            deleted[round] = last.seconds();
            if (last.flows().deleted() < FLOWS) {
                throw new IllegalStateException("not all flows were deleted: " + last);
            }
            double seconds = open(FRAMES_OF_FIRST, FRAMES_OF_OTHERS);
            opened[round] = table.read() / seconds / 1e3;
        }
        seconds("a walk over all flows, none has moved", Budget.most(0.15, "s"), still);
        seconds("the same, all have moved one way", Budget.most(0.15, "s"), moved);
        seconds("the same, all are found to be over", null, ended);
        seconds("the same, all are deleted", null, deleted);
        section.row(
                "flows opened by one sender, thousand a second",
                Quartiles.of(opened).text(0),
                "");
    }

    private void seconds(String what, @Nullable Budget budget, double... seconds) {
        Quartiles quartiles = Quartiles.of(seconds);
        row(what, quartiles.text(3) + " s", budget, quartiles.median());
    }

    private void kernelMemory(String what, double most, FlowTable table) {
        double mebibytes = table.mebibytes();
        row(what, "%.1f MiB".formatted(mebibytes), Budget.most(most, "MiB"), mebibytes);
    }

    private void scrape(String what, @Nullable Budget budget) throws IOException {
        double[] millis = new double[scrapes];
        for (int i = 0; i < scrapes; i++) {
            millis[i] = Download.of(METRICS).seconds() * 1e3;
        }
        row(
                what,
                Quartiles.of(millis).text(1) + " ms",
                budget,
                Quartiles.of(millis).median());
    }

    private void dump(RunningAgent agent, FlowTable table) throws IOException {
        double[] kernel = new double[rounds];
        double[] dump = new double[rounds];
        double[] none = new double[rounds];
        Download.of(TABLE); // its code is compiled by then
        double worked = 0;
        long bytes = 0;
        for (int round = 0; round < rounds; round++) {
            long start = System.nanoTime();
            table.read();
            kernel[round] = (System.nanoTime() - start) / 1e9;
            none[round] = Download.of(NONE_OF_IT).seconds();
            double before = agent.processorSeconds();
            Download done = Download.of(TABLE);
            worked += agent.processorSeconds() - before;
            dump[round] = done.seconds();
            bytes = done.bytes();
        }
        seconds("the kernel's batch read of the table", null, kernel);
        seconds("read, and filtered to nothing, by HTTP", null, none);
        seconds("all of it by HTTP", null, dump);
        section.row("of which the agent worked, on all processors", "%.3f s".formatted(worked / rounds), "");
        section.row("size of it", "%.0f MB".formatted(bytes / 1e6), "");
        Quartiles ratio = Quartiles.ofRatios(dump, kernel);
        row("by HTTP / the kernel's read", ratio.text(2), Budget.most(1.5, "x"), ratio.median());
    }

    private void remember(RunningAgent agent) throws IOException {
        LockSupport.parkNanos(REST_NANOS);
        double before = agent.residentMebibytes();
        double most = before;
        Thread client = Thread.ofPlatform().name("dump").start(() -> {
            try {
                Download.of(TABLE);
            } catch (IOException e) {
                throw new UncheckedIOException("dump the table", e);
            }
        });
        while (client.isAlive()) {
            most = Math.max(most, agent.residentMebibytes());
            LockSupport.parkNanos(SECOND_NANOS / 100);
        }
        LockSupport.parkNanos(REST_NANOS);
        section.row("resident memory, at rest before a dump", "%.1f MiB".formatted(before), "");
        row("the most of it during the dump", "%.1f MiB".formatted(most), Budget.most(110, "MiB"), most);
        section.row("at rest after it", "%.1f MiB".formatted(agent.residentMebibytes()), "");
    }

    /// What somebody reads, again and again, while traffic flows.
    private record Reading(
            String words,
            long periodNanos,
            List<String> paths,
            @Nullable Budget budget) {
        static final List<Reading> ALL = List.of(
                new Reading("nobody reads", SECOND_NANOS, List.of(), null),
                new Reading("still nobody reads", SECOND_NANOS, List.of(), null),
                new Reading(
                        "a scrape and a page are read a second",
                        SECOND_NANOS,
                        List.of(METRICS, PAGE),
                        Budget.least(0.98)),
                new Reading("dumps are read without a rest", 0, List.of(TABLE), null));
    }

    private void slow() throws IOException {
        double[][] seen = new Rounds(1, pairs).measure(Reading.ALL, (reading, _) -> packetsPerSecond(reading) / 1e3);
        section.row(
                "UDP, thousand a second, nobody reads", Quartiles.of(seen[0]).text(0), "");
        for (int i = 1; i < seen.length; i++) {
            Quartiles ratio = Quartiles.ofRatios(seen[i], seen[0]);
            Reading reading = Reading.ALL.get(i);
            row("of that while " + reading.words(), ratio.text(3), reading.budget(), ratio.median());
        }
    }

    private double packetsPerSecond(Reading reading) throws IOException {
        Thread reader = Thread.ofPlatform().name("reader").start(() -> read(reading));
        double sum = 0;
        for (int i = 0; i < SLICES; i++) {
            sum += wires.getFirst().datagramsPerSecond(true);
        }
        reader.interrupt();
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return sum / SLICES;
    }

    private static void read(Reading reading) {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                for (String path : reading.paths()) {
                    Download.of(path);
                }
                LockSupport.parkNanos(reading.periodNanos());
            }
        } catch (IOException e) {
            if (!Thread.currentThread().isInterrupted()) {
                throw new UncheckedIOException("read while traffic flows", e);
            }
        }
    }

    private void row(String what, String measured, @Nullable Budget budget, double figure) {
        section.row(what, measured, budget == null ? "" : budget.judge(figure));
    }

    private String method() {
        return """
                `dist/bin/weir run` as a process over %,d flows: frames of UDP between ports that never repeat, on %d wires (a client and
                a server in namespaces of their own, each behind a veth, the host routes), so that a frame is a flow at both ends.
                *The table in the kernel*: `bytes_memlock` of `bpftool map show`.
                Medians, in brackets the quartiles. *Scrape*: all of `/metrics`, by a client that drops it, %d times. *The kernel's
                batch read*: `bpf_map_lookup_batch` of the same map by this process, of which nothing is decoded; *by HTTP*:
                `%s`, by the same client; *filtered to nothing*: the same for a namespace that has no flow,
                so that each is read and decoded and none is written; all three in turn, %d times. *Resident
                memory* is VmRSS, asked every 10 ms; *at rest*: 12 s after the last work. *UDP*: what the first wire carries
                in a second, one flow, sent and read through sockets as fast as can be, in turn with who reads meanwhile, %d
                times; a *page* has 500 flows in the kernel's order. *A walk*: after the agent has ended, its program `weir_expire`
                over all of its flows, by `BPF_PROG_TEST_RUN`, %d times: once nothing has moved since the walk before, once each flow
                has had another packet, and then, with no rest allowed, one that marks all flows and one that deletes them; *opened*:
                all of them again, by frames from one process, as fast as they leave. All share %d processors: the agent, its client, both ends
                of the wire, and the host that forwards. So what HTTP costs beyond the kernel's read hardly hides behind it: rows
                of some 460 bytes are decoded and written by code of the JVM's quick compiler (the agent has no other), go through
                the loopback, and are read by the client.
                """.formatted(
                        FLOWS,
                        WIRES,
                        scrapes,
                        TABLE,
                        rounds,
                        pairs,
                        walks,
                        Runtime.getRuntime().availableProcessors());
    }
}
