// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.abi.BpfObjects;
import dev.weir.abi.Limits;
import dev.weir.abi.Verdict;
import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.http.HttpServer;
import dev.weir.agent.http.ListenException;
import dev.weir.agent.netns.Discovery;
import dev.weir.agent.netns.Vantages;
import dev.weir.agent.netns.World;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.probe.Feature;
import dev.weir.net.NetException;
import dev.weir.net.NetlinkMonitor;
import dev.weir.policy.Target;
import dev.weir.policy.compile.Compilation;
import dev.weir.policy.compile.PolicyCompiler;
import dev.weir.policy.yaml.PolicyLoader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// `weir warm-up`: what an agent does until it is ready. The build runs it once and records the classes,
/// which the JVM then lays out beforehand, so that an agent starts in less time. Without root it stops
/// short of a change to the kernel; where root and a host of its own are to be had, a [Rehearsal] does
/// the rest.
final class WarmUp {
    /// Enough for the JVM to see which methods are worth compiling soon.
    private static final int RULES = 2_000;

    /// What only the YAML library reads, because of its escape: it too should start in less time.
    private static final String NOT_PLAIN = """
            policy: "warm-up\\x21"
            applies-to:
              namespaces: [blue]
            ingress: {default: deny, rules: [{name: web, allow: [tcp/80, tcp/https]}]}
            egress:
              rules:
                - allow: udp/53
                  to: 192.0.2.53
            """;

    private static final List<String> PATHS = List.of(
            "/",
            "/healthz",
            "/readyz",
            "/metrics",
            "/api/v1/status",
            "/api/v1/namespaces",
            "/api/v1/policies",
            "/api/v1/flows");

    private WarmUp() {}

    /// Returns when all was done once.
    ///
    /// @throws CommandFailure when a part of it does not work, so that the build can say so
    static void run(boolean enforce) throws CommandFailure {
        compile();
        kernel();
        serve();
        if (enforce) {
            Rehearsal.run(Main.wiring());
        }
    }

    private static void compile() throws CommandFailure {
        PolicyLoader.parse("quoted.yaml", NOT_PLAIN);
        String policy = """
                policy: warm-up
                applies-to: {namespaces: [blue, "green-*"]}
                egress: {default: allow}
                ingress:
                  default: deny
                  rules:
                    - {name: web, allow: [tcp/80, tcp/https], from: ["namespace:red", "2001:db8::/32"]}
                """
                + IntStream.range(0, RULES)
                        .mapToObj(
                                n -> "    - {allow: udp/%d, from: 192.0.2.%d/%d}\n".formatted(n + 1, n & 0xff & -2, 31))
                        .collect(Collectors.joining());
        Compilation compilation = switch (PolicyLoader.parse("warm-up.yaml", policy)) {
            case PolicyLoader.Loaded loaded ->
                new PolicyCompiler(Verdict.ALLOW, Limits.IMAGES_BYTES / 4)
                        .compile(loaded.policies().selecting(Target.of("blue", "veth-blue")), List.of());
            case PolicyLoader.Refused refused ->
                throw new CommandFailure(
                        ExitCode.FAILED, refused.diagnostics().getFirst().render());
        };
        if (compilation instanceof Compilation.TooLarge tooLarge) {
            throw new CommandFailure(ExitCode.FAILED, tooLarge.message());
        }
    }

    /// Only reads. What this host or this user cannot do is no failure: it is about the classes.
    private static void kernel() {
        for (Feature feature : Feature.values()) {
            feature.support();
        }
        for (String name : List.of("tcx", "expire")) {
            BpfObject.open(name, BpfObjects.bytes(name)).close();
        }
        try (Vantages vantages = new Vantages(List.of(World.Vantage.HOST))) {
            Discovery discovery = new Discovery(
                    vantages,
                    (name, cookie) -> OptionalInt.empty(),
                    (device, inode) -> Optional.empty(),
                    () -> NetlinkMonitor.Changes.EVERYWHERE);
            discovery.observe();
        } catch (NetException e) {
            Log.info("the devices of this host were not read: " + e.getMessage());
        }
    }

    private static void serve() throws CommandFailure {
        InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (HttpServer server = HttpServer.start(free, new StartingView("warm-up"))) {
            for (String path : PATHS) {
                get(server.address(), path);
            }
        } catch (ListenException e) {
            throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
        }
    }

    private static void get(InetSocketAddress server, String path) {
        try {
            HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + server.getPort() + path)
                    .toURL()
                    .openConnection();
            try (InputStream body =
                    connection.getResponseCode() < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                body.readAllBytes();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("ask for " + path, e);
        }
    }
}
