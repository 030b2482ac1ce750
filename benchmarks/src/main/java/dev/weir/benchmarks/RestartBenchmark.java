// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.RunningAgent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Agents that are stopped or killed, and started again over their pins, under traffic: `make bench-quick
/// BENCH=restart`, as root.
final class RestartBenchmark {
    private static final int RULES = 10;
    private static final int SHUT_PORT = 9;
    private static final int CONTROLS = 1_000;
    private static final int DENIED_PER_SECOND = 20_000;
    private static final int ALLOWED_PER_SECOND = 10_000;
    private static final long SETTLE_NANOS = 300_000_000;

    private final int restarts;
    private final int updates;
    private final int namespaces;
    private final Path home;
    private final Section section;

    private RestartBenchmark(Effort effort, Path home) {
        this.home = home;
        restarts = effort.rounds(3, 9);
        updates = effort.rounds(5, 15);
        namespaces = effort.rounds(100, 1000);
        section = new Section("Restart under traffic", method(), "what", "measured", "budget");
    }

    static Section run(Effort effort) {
        try (Lab lab = new Lab()) {
            return new RestartBenchmark(effort, Files.createTempDirectory(Path.of("/run"), "weir-bench")).run(lab);
        } catch (IOException e) {
            throw new UncheckedIOException("restart an agent under traffic", e);
        }
    }

    private Section run(Lab lab) throws IOException {
        new Crowd(lab).grow(namespaces);
        save("sample.yaml", SamplePolicies.rules(Crowd.ALL, RULES, 0));
        save("open.yaml", open("c-0", "s-0"));
        save("shut.yaml", SamplePolicies.shut("c-1", SHUT_PORT).replace("{deny:", "{name: shut, deny:"));
        try (Wire open = new Wire(lab, "0", 0);
                Wire shut = new Wire(lab, "1", 1)) {
            control(shut);
            LinkUpdates links = restart(open, shut);
            try (links) {
                section.row("links to devices", "%,d".formatted(links.count()), "");
                double[] millis = links.millis(updates);
                figure("all of them updated, in the kernel", millis, Budget.most(50, "ms"));
            }
        }
        RunningAgent.command(home, "detach");
        return section;
    }

    /// Lets pass what the traffic at 10,000 a second is, at both ends, and nothing else.
    private static String open(String client, String server) {
        return """
                policy: open
                applies-to: {namespaces: [%s, %s]}
                egress:
                  default: deny
                  rules: [{name: out, allow: udp/%3$d}]
                ingress:
                  default: deny
                  rules: [{name: in, allow: udp/%3$d}]
                """.formatted(client, server, Wire.READ_PORT);
    }

    /// What the agents are to deny would arrive without them.
    private static void control(Wire shut) {
        try (Torrent torrent = new Torrent(shut, SHUT_PORT, DENIED_PER_SECOND)) {
            long before = shut.arrived();
            torrent.send(CONTROLS);
            rest();
            long arrived = shut.arrived() - before;
            if (arrived != CONTROLS) {
                throw new IllegalStateException(
                        "%d of %d frames arrived before there was an agent".formatted(arrived, CONTROLS));
            }
        }
    }

    private LinkUpdates restart(Wire open, Wire shut) throws IOException {
        List<Double> taking = new ArrayList<>();
        RunningAgent agent = RunningAgent.start(home);
        try (Torrent denied = new Torrent(shut, SHUT_PORT, DENIED_PER_SECOND);
                Torrent allowed = new Torrent(open, Wire.READ_PORT, ALLOWED_PER_SECOND)) {
            long shutArrived = shut.arrived();
            long openArrived = open.arrived();
            denied.start();
            allowed.start();
            agent = restart("stopped, until the next is ready", RunningAgent::close, agent, taking);
            agent = restart("killed, until the next is ready", RunningAgent::kill, agent, taking);
            long deniedSent = denied.stop();
            long allowedSent = allowed.stop();
            rest();
            figure("all links taken over, by the agent's log", array(taking), null);
            section.row("denied frames sent meanwhile", "%,d".formatted(deniedSent), "");
            none("of these, got through", shut.arrived() - shutArrived);
            none("of these, not counted by the rule", deniedSent - agent.rulePackets("shut"));
            section.row("allowed frames sent meanwhile", "%,d".formatted(allowedSent), "");
            none("of these, lost", allowedSent - (open.arrived() - openArrived));
            return successor(agent);
        } finally {
            agent.close();
        }
    }

    /// Ends an agent this way and starts another, over and over.
    ///
    /// @param taking gets how long each took to take over all links
    /// @return the last of them
    private RunningAgent restart(String what, Consumer<RunningAgent> end, RunningAgent first, List<Double> taking)
            throws IOException {
        RunningAgent agent = first;
        double[] millis = new double[restarts];
        for (int i = 0; i < restarts; i++) {
            long start = System.nanoTime();
            end.accept(agent);
            agent = RunningAgent.start(home);
            millis[i] = (System.nanoTime() - start) / 1e6;
            taking.add(takingMillis());
        }
        figure(what, millis, null);
        return agent;
    }

    /// One more restart, of which both generations of programs are kept.
    private LinkUpdates successor(RunningAgent agent) {
        LinkUpdates.Programs before = LinkUpdates.Programs.of(Crowd.device(0));
        agent.close();
        RunningAgent.start(home).close();
        return new LinkUpdates(before, LinkUpdates.Programs.of(Crowd.device(0)));
    }

    /// From the first to the last line of the agent's log that says of a device that it is enforced.
    private double takingMillis() throws IOException {
        List<Instant> enforced = Files.readAllLines(home.resolve("agent.log")).stream()
                .filter(line -> line.endsWith(" is enforced"))
                .map(line -> Instant.parse(line.substring(0, line.indexOf(' '))))
                .toList();
        return Duration.between(enforced.getFirst(), enforced.getLast()).toMillis();
    }

    private static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static void rest() {
        LockSupport.parkNanos(SETTLE_NANOS);
    }

    private void save(String name, String policy) throws IOException {
        Files.writeString(Files.createDirectories(home.resolve("policies")).resolve(name), policy);
    }

    private void none(String what, long frames) {
        section.row(what, "%,d".formatted(frames), Budget.most(0, "").judge((double) Math.abs(frames)));
    }

    private void figure(String what, double[] millis, @Nullable Budget budget) {
        Quartiles quartiles = Quartiles.of(millis);
        section.row(what, quartiles.text(1) + " ms", budget == null ? "" : budget.judge(quartiles.median()));
    }

    private String method() {
        return """
                `dist/bin/weir run` as a process over %,d namespaces behind a veth each, and two more pairs of namespaces, between
                which a process sends frames of UDP, a flow each: %,d a second that a rule denies where they leave the
                first of the pair, while no policy selects the second; %,d a second that are allowed at both ends. The agent is
                ended by SIGTERM, then the next one by SIGKILL, %d times each, and another started over its pins, without a
                pause in the traffic: medians, in brackets the quartiles. *Got through*, *lost*: by what the second namespace
                has counted of UDP (before any agent was there, all of %,d such frames arrived); *counted*: by the rule, over
                all the agents. A start puts its own programs into every link, which is *taken over* so: from the first to the
                last line of its log that a device is enforced, to the millisecond, all that it does between them included.
                *Updated, in the kernel*: no agent runs, and this process puts the programs of the last agent but one into all
                links, by `bpf_link_update` and nothing else, and those of the last one again, %d times.
                """.formatted(namespaces, DENIED_PER_SECOND, ALLOWED_PER_SECOND, restarts, CONTROLS, updates);
    }
}
