// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Weir;
import dev.weir.agent.cli.Wiring;
import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.Probe;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// The part of [WarmUp] that needs root and a host of its own, which `scripts/own-host` gives: an agent
/// that enforces, in this process, and the commands that ask it.
final class Rehearsal {
    private static final String ADDRESS = "10.10.0.2";
    private static final String HOST = "10.10.0.1";
    private static final int WEB = 80;
    private static final int SILENCE_MILLIS = 200;
    private static final long LOOK_NANOS = 20_000_000;
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private static final List<String> QUESTIONS = List.of(
            "status",
            "namespaces",
            "flows",
            "flows --output json",
            "events",
            "explain --namespace blue --direction ingress --peer 10.10.0.1 --service tcp/80",
            "why --namespace blue --direction ingress --peer 10.10.0.1 --service tcp/80",
            "suggest --namespace blue");

    private final Wiring wiring;
    private final Path home;
    private final Path policies;

    private Rehearsal(Wiring wiring, Path home) throws IOException {
        this.wiring = wiring;
        this.home = home;
        this.policies = Files.createDirectory(home.resolve("policies"));
    }

    /// Returns while the agent still runs, so that its end is seen too.
    ///
    /// @throws CommandFailure when a part of it does not work, so that the build can say so
    static void run(Wiring wiring) throws CommandFailure {
        try {
            new Rehearsal(wiring, Files.createTempDirectory(Path.of("/run"), "weir-warm-up")).run();
        } catch (IOException | UncheckedIOException e) {
            throw new CommandFailure(ExitCode.FAILED, "an agent could not be rehearsed: " + e, e);
        }
    }

    private void run() throws IOException, CommandFailure {
        Files.writeString(home.resolve("weir.yaml"), "policies: %s\nbpffs: /sys/fs/bpf/weir\n".formatted(policies));
        save(WEB);
        try (Lab lab = new Lab().routed("blue", ADDRESS + "/24", HOST + "/24");
                ServerSocket _ = Probe.echo("blue", ADDRESS, WEB)) {
            Thread agent = Thread.ofPlatform().daemon().name("weir-run").start(() -> {
                try {
                    ask("run");
                } catch (CommandFailure e) {
                    Log.error(String.valueOf(e.getMessage()));
                }
            });
            awaitGeneration(agent, 1);
            Probe.attempt("blue", HOST, WEB, SILENCE_MILLIS);
            for (String question : QUESTIONS) {
                ask(question);
            }
            save(WEB + 1);
            awaitGeneration(agent, 2);
            lab.routed("green", "10.20.0.2/24", "10.20.0.1/24"); // a namespace that comes, and both go
        }
    }

    /// Saves the policies; each time they are others.
    private void save(int port) throws IOException {
        Files.writeString(policies.resolve("warm-up.yaml"), """
                policy: warm-up
                applies-to: {namespaces: ["*"]}
                egress: {default: allow}
                ingress:
                  default: deny
                  rules:
                    - {name: web, allow: tcp/%d, from: %s}
                """.formatted(port, HOST));
    }

    private void awaitGeneration(Thread agent, int generation) throws CommandFailure {
        long start = System.nanoTime();
        while (!isInForce(generation)) {
            if (!agent.isAlive() || System.nanoTime() - start > PATIENCE_NANOS) {
                throw new CommandFailure(
                        ExitCode.FAILED,
                        "generation %d of a rehearsed agent did not come into force".formatted(generation));
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private boolean isInForce(int generation) {
        try {
            return ask("status --output json").contains("\"generation\" : " + generation);
        } catch (CommandFailure e) {
            return false; // it does not answer yet
        }
    }

    /// What a command prints.
    private String ask(String commandLine) throws CommandFailure {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] arguments = (commandLine + " --config " + home.resolve("weir.yaml")).split(" ", -1);
        ExitCode code = Weir.run(wiring, false, new PrintWriter(out), new PrintWriter(err), arguments);
        if (code != ExitCode.OK) {
            throw new CommandFailure(ExitCode.FAILED, "`weir %s` failed: %s".formatted(commandLine, err));
        }
        return out.toString();
    }
}
