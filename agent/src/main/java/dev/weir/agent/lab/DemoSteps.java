// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// The steps of the demonstration, on a host that is its own.
final class DemoSteps {
    private static final String BLUE = "10.10.0.3";
    private static final String GREEN = "10.20.0.2";
    private static final int WEB = 80;
    private static final int ADMIN = 81;
    private static final int CLOSED = 82;

    /// Long enough for an answer on a busy machine; a dropped packet is not answered at all.
    private static final int SILENCE_MILLIS = 700;

    private static final String POLICY = """
            policy: blue-web
            applies-to:
              namespaces: [blue]
            ingress:
              default: deny
              rules:
                - name: web
                  allow: [%s]
                  from: "namespace:red"
            """;

    private final PrintWriter out;
    private final Path home;
    private boolean wrong;

    private DemoSteps(PrintWriter out, Path home) {
        this.out = out;
        this.home = home;
    }

    static void run(PrintWriter out) throws CommandFailure {
        DemoSteps demo;
        try {
            demo = new DemoSteps(out, Files.createTempDirectory(Path.of("/run"), "weir-demo"));
            demo.run();
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.FAILED, "the demonstration broke off: " + e, e);
        }
        if (demo.wrong) {
            throw new CommandFailure(ExitCode.FAILED, "a step showed the wrong thing; it is marked above");
        }
    }

    private void run() throws IOException {
        say("Two namespaces on a bridge, red and blue, and one on a routed veth, green");
        try (Lab lab = new Lab();
                ServerSocket web = serve(lab);
                ServerSocket admin = Probe.echo("blue", BLUE, ADMIN);
                ServerSocket closed = Probe.echo("blue", BLUE, CLOSED);
                ServerSocket back = Probe.echo("green", GREEN, WEB)) {
            check("without Weir, red reaches blue's tcp/82", connects("red", BLUE, CLOSED));

            say("The policy: blue takes tcp/80 from red, and nothing else");
            write("tcp/80");
            out.print(POLICY.formatted("tcp/80").indent(4));
            try (RunningAgent agent = RunningAgent.start(home)) {
                enforced();
                try (Socket connection = Probe.connect("red", BLUE, WEB, SILENCE_MILLIS)) {
                    reload(agent, connection);
                    figures(agent);
                    kill(agent, connection);
                }
            }
            try (RunningAgent agent = RunningAgent.start(home)) {
                say("A second start takes over what the first left");
                check("the flows are still there, older", agent.flowAgeSeconds() >= 1);
                check("red's tcp/82 is still denied", silent("red", BLUE, CLOSED));
            }
            say("weir detach");
            out.print(RunningAgent.command(home, "detach").indent(4));
            check("nothing is left: red reaches tcp/82 again", connects("red", BLUE, CLOSED));
        }
        say(wrong ? "Something went wrong: see the lines marked WRONG" : "All of it went as it should");
    }

    private ServerSocket serve(Lab lab) {
        lab.bridge("br0", "10.10.0.1/24")
                .onBridge("br0", "red", "10.10.0.2/24", "10.10.0.1")
                .onBridge("br0", "blue", BLUE + "/24", "10.10.0.1")
                .routed("green", GREEN + "/24", "10.20.0.1/24")
                .forwarding();
        return Probe.echo("blue", BLUE, WEB);
    }

    private void enforced() {
        say("With Weir");
        check("red reaches blue's tcp/80", connects("red", BLUE, WEB));
        check("red's tcp/81 gets no answer", silent("red", BLUE, ADMIN));
        check("green, routed, gets no answer from tcp/80", silent("green", BLUE, WEB));
        check("blue itself may open what it likes, replies pass", connects("blue", GREEN, WEB));
    }

    private void reload(RunningAgent agent, Socket connection) throws IOException {
        say("The file is saved with tcp/81 added, while red keeps opening connections to tcp/80");
        long before = agent.rulePackets("web");
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger succeeded = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        Thread traffic = Thread.ofPlatform().start(() -> {
            while (!stop.get()) {
                (connects("red", BLUE, WEB) ? succeeded : failed).incrementAndGet();
            }
        });
        long start = System.nanoTime();
        write("tcp/80, tcp/81");
        boolean opened = false;
        while (!opened && System.nanoTime() - start < 5_000_000_000L) {
            opened = Probe.attempt("red", BLUE, ADMIN, 20) == Probe.Outcome.CONNECTED;
        }
        long millis = (System.nanoTime() - start) / 1_000_000;
        stop.set(true);
        join(traffic);
        check("red reaches tcp/81, %d ms after the save".formatted(millis), opened && millis < 1000);
        check(
                "%d connections to tcp/80 meanwhile, %d failed".formatted(succeeded.get(), failed.get()),
                succeeded.get() > 0 && failed.get() == 0);
        check("a connection from before goes on", Probe.echoes(connection));
        long after = agent.rulePackets("web");
        check("the rule's counter went on: %d packets, then %d".formatted(before, after), after > before);
    }

    private void figures(RunningAgent agent) throws IOException {
        say("weir flows --namespace blue --limit 5");
        String flows = RunningAgent.command(home, "flows --namespace blue --limit 5");
        out.print(flows.indent(4));
        check("it shows red's flows", flows.contains("10.10.0.2"));
        say("curl http://" + RunningAgent.LISTEN + "/metrics");
        String metrics = agent.text("/metrics");
        metrics.lines()
                .filter(line -> line.startsWith("weir_rule_packets_total") && line.contains("blue-web"))
                .forEach(line -> out.println("    " + line));
        check("it counts what was denied", metrics.contains("weir_drops_total"));
    }

    private void kill(RunningAgent agent, Socket connection) {
        say("kill -9 of the agent");
        agent.kill();
        check("red's tcp/82 is still denied", silent("red", BLUE, CLOSED));
        check("tcp/80 is still allowed", connects("red", BLUE, WEB));
        check("the connection still goes on", Probe.echoes(connection));
    }

    /// As an editor saves: a new file beside it, renamed over the old one.
    private void write(String services) throws IOException {
        Path directory = Files.createDirectories(home.resolve("policies"));
        Path draft = Files.writeString(directory.resolve("blue-web.yaml~"), POLICY.formatted(services));
        Files.move(draft, directory.resolve("blue-web.yaml"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static boolean connects(String namespace, String address, int port) {
        return Probe.attempt(namespace, address, port, SILENCE_MILLIS) == Probe.Outcome.CONNECTED;
    }

    private static boolean silent(String namespace, String address, int port) {
        return Probe.attempt(namespace, address, port, SILENCE_MILLIS) == Probe.Outcome.SILENT;
    }

    private void say(String text) {
        out.println();
        out.println("== " + text);
        out.flush();
    }

    private void check(String text, boolean holds) {
        out.println((holds ? "   ok     " : "   WRONG  ") + text);
        out.flush();
        wrong |= !holds;
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
