// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.view.CaptureView;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.StatusView;
import dev.weir.agent.view.WhyView;
import dev.weir.policy.yaml.ExactService;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `weir why`.
@Command(
        name = "why",
        description =
                "What the programs in the kernel do with a packet, and by which rule; nothing is changed or counted.",
        footer = {
            "",
            "Asks about one opening of a flow (--direction, --peer and --service), or with --pcap",
            "about every packet of a capture (- reads standard input): the side whose address the",
            "namespace holds tells the direction, unless --direction does. Needs root.",
            "Without --device, the namespace's first device is meant."
        })
final class WhyCommand extends Verb {
    /// Packets of a capture that are judged when nobody says otherwise.
    private static final int DEFAULT_LIMIT = 10_000;

    private static final int MAX_LIMIT = 1_000_000;

    private final Wiring wiring;

    @Mixin
    ConfigOptions config = new ConfigOptions();

    @Mixin
    OutputOption output = new OutputOption();

    @Mixin
    SubjectOptions subject = new SubjectOptions();

    @Option(
            names = "--direction",
            paramLabel = "DIRECTION",
            description = "As the namespace sees it: ${COMPLETION-CANDIDATES}.")
    @Nullable
    Direction direction;

    @Option(
            names = "--peer",
            paramLabel = "ADDRESS",
            converter = Converters.Address.class,
            description = "The address of the other side.")
    @Nullable
    IpAddress peer;

    @Option(
            names = "--service",
            paramLabel = "SERVICE",
            converter = Converters.OneService.class,
            description = "One service: tcp/443, udp/53, icmp/echo-request, icmp/3/4, proto/47.")
    @Nullable
    ExactService service;

    @Option(names = "--pcap", paramLabel = "FILE", description = "Ask about the packets of this capture.")
    @Nullable
    String pcap;

    @Option(
            names = "--limit",
            paramLabel = "COUNT",
            description = "Packets of the capture at most; " + DEFAULT_LIMIT + " when absent.")
    @Nullable
    Integer limit;

    @Option(
            names = "--policies",
            paramLabel = "DIRECTORY",
            description = "Where rules are written, to tell their places; else the agent's, or the configuration's.")
    @Nullable
    Path policies;

    WhyCommand(Wiring wiring) {
        this.wiring = wiring;
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException {
        subject.require("why");
        return pcap == null ? ask() : replay(pcap);
    }

    private ExitCode ask() throws CommandFailure, ConfigException {
        if (direction == null || peer == null || service == null) {
            throw misuse("a question has --direction, --peer and --service; --pcap FILE asks about a capture");
        }
        if (limit != null) {
            throw misuse("--limit is for captures");
        }
        WhyView view =
                wiring.asker().ask(loaded(), new Question(subject.namespace, subject.device, direction, peer, service));
        if (output.isJson()) {
            out().println(Json.pretty(view));
        } else {
            new WhyPrinter(out()).print(view);
        }
        return ExitCode.OK;
    }

    private ExitCode replay(String file) throws CommandFailure, ConfigException {
        if (peer != null || service != null) {
            throw misuse("--peer and --service are for a question, a capture has its own");
        }
        int most = limit == null ? DEFAULT_LIMIT : limit;
        if (most < 1 || most > MAX_LIMIT) {
            throw misuse("--limit is " + most + ", expected 1 to " + MAX_LIMIT);
        }
        WeirConfig loaded = config.load();
        CaptureView view;
        try (InputStream in = file.equals("-") ? System.in : Files.newInputStream(Path.of(file))) {
            view = wiring.asker()
                    .replay(
                            loaded,
                            new Wiring.Asker.CaptureQuestion(subject.namespace, subject.device, direction, most),
                            new BufferedInputStream(in));
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.USAGE, "read the capture " + file + ": " + e, e);
        }
        if (output.isJson()) {
            out().println(Json.pretty(view));
        } else {
            new WhyPrinter(out()).print(view);
        }
        if (view.error() != null) {
            throw new CommandFailure(ExitCode.USAGE, view.error());
        }
        return ExitCode.OK;
    }

    private static CommandFailure misuse(String problem) {
        return new CommandFailure(ExitCode.USAGE, "why: " + problem);
    }

    private WeirConfig loaded() throws ConfigException {
        WeirConfig loaded = config.load();
        if (policies != null) {
            return loaded.withPolicies(policies);
        }
        try {
            byte[] status = AgentClient.get(AgentAddress.of(loaded), "/api/v1/status");
            Path directory = Path.of(Json.read(status, StatusView.class).policyDirectory());
            return directory.isAbsolute() ? loaded.withPolicies(directory) : loaded;
        } catch (IOException e) {
            return loaded; // no agent says where its policies are
        }
    }
}
