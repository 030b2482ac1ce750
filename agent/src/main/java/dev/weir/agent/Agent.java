// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.enforce.Enforcer;
import dev.weir.agent.enforce.Report;
import dev.weir.agent.event.EventReader;
import dev.weir.agent.flow.KernelView;
import dev.weir.agent.http.HttpServer;
import dev.weir.agent.http.ListenException;
import dev.weir.agent.ipfix.Exporter;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.pins.WrongLayoutException;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.bpf.BpfException;
import dev.weir.bpf.probe.BpfFs;
import dev.weir.bpf.probe.Feature;
import dev.weir.bpf.probe.Lock;
import dev.weir.bpf.probe.Support;
import dev.weir.net.KernelClock;
import dev.weir.net.NetException;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import dev.weir.yaml.Diagnostic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `weir run`: checks what it needs, takes its address and its pins, enforces, serves, and ends on a signal.
/// What can fail is tried before anything is changed in the kernel.
final class Agent {
    private static final String VIEW = "read the maps pinned under ";

    /// How long a stop may take before the process ends all the same.
    private static final long STOP_SECONDS = 5;

    /// Between two looks at the heap.
    private static final long LOOK_SECONDS = 1;

    private final WeirConfig config;
    private final CountDownLatch ended = new CountDownLatch(1);

    private Agent(WeirConfig config) {
        this.config = config;
    }

    /// Returns when the process is told to stop.
    static void run(WeirConfig config) throws CommandFailure {
        new Agent(config).run();
    }

    private void run() throws CommandFailure {
        require(Feature.BPF.support(), "load BPF programs");
        require(Feature.TCX.support(), "attach programs to devices");
        BpfFs bpffs = BpfFs.at(config.bpffs());
        require(bpffs.support(), "pin maps and links under " + config.bpffs());
        PolicyDirectory directory = new PolicyDirectory(List.of(config.policies()));
        PolicyLoader.Loaded loaded = policies(directory);
        StartingView starting = new StartingView(config.policies().toString());
        try (HttpServer server = HttpServer.start(config, starting)) {
            serve(new Start(bpffs, directory, loaded, starting, server));
        } catch (ListenException e) {
            throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
        } finally {
            Log.flush(); // before what the command line says about a failure, and before the hook lets go
            ended.countDown();
        }
    }

    /// What was tried before anything is changed in the kernel.
    private record Start(
            BpfFs bpffs, PolicyDirectory directory, PolicyLoader.Loaded loaded, StartingView view, HttpServer server) {}

    private void serve(Start start) throws CommandFailure {
        try {
            start.bpffs.create();
            try (Lock lock = start.bpffs
                    .lock()
                    .orElseThrow(() -> new CommandFailure(
                            ExitCode.FAILED,
                            "another agent runs on %s; stop it first, or give this one a --bpffs of its own"
                                    .formatted(config.bpffs())))) {
                enforce(start);
            }
        } catch (UncheckedIOException e) {
            throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
        }
    }

    /// With the lock held.
    private void enforce(Start start) throws CommandFailure {
        BpfFs bpffs = start.bpffs;
        boolean fresh = bpffs.pins().isEmpty();
        long begun = KernelClock.monotonicNanos();
        try (Enforcer enforcer = Enforcer.start(config, start.directory, start.loaded);
                EventReader events =
                        EventReader.start(enforcer.maps(), new PinPaths(config.bpffs()), enforcer::report);
                @Nullable Exporter exporter = exporter(enforcer, begun);
                KernelView view = view(enforcer, events, exporter, start.view)) {
            start.view.become(view);
            Log.info("enforcing %d devices by policies of %s; serving %s"
                    .formatted(enforcer.report().subjects().devices().size(), config.policies(), start.server.url()));
            awaitSignal();
            start.server.close(); // before the maps that its answers are read from
        } catch (BpfException.NotPermitted | BpfException.Unsupported e) {
            throw failed(bpffs, fresh, ExitCode.NOT_PERMITTED, e);
        } catch (BpfException | NetException | WrongLayoutException | Enforcer.StartException e) {
            throw failed(bpffs, fresh, ExitCode.FAILED, e);
        } catch (IOException | UncheckedIOException e) {
            throw failed(bpffs, fresh, ExitCode.FAILED, e);
        }
    }

    /// A start that failed on a host where nothing was enforced leaves nothing behind.
    private static CommandFailure failed(BpfFs bpffs, boolean fresh, ExitCode code, Exception cause) {
        if (fresh) {
            Detach.all(bpffs.directory());
        }
        return new CommandFailure(code, String.valueOf(cause.getMessage()), cause);
    }

    private static PolicyLoader.Loaded policies(PolicyDirectory directory) throws CommandFailure {
        return switch (directory.read()) {
            case PolicyLoader.Loaded loaded -> loaded;
            case PolicyLoader.Refused refused ->
                throw new CommandFailure(
                        ExitCode.USAGE,
                        refused.diagnostics().stream().map(Diagnostic::render).collect(Collectors.joining("\n")));
        };
    }

    /// The state that an agent left pinned, for commands that run without one.
    static KernelView pinned(Path bpffs) throws CommandFailure {
        PinPaths pins = new PinPaths(bpffs);
        if (!pins.exist()) {
            int leftovers = BpfFs.at(bpffs).pins().size();
            throw new CommandFailure(
                    ExitCode.FAILED,
                    leftovers == 0
                            ? "nothing of Weir is pinned under " + bpffs + "; start it with `weir run`"
                            : "%d pins under %s are what a start or a detach that was cut off has left, and enforce nothing; remove them with `weir detach`, or start anew with `weir run`"
                                    .formatted(leftovers, bpffs));
        }
        try {
            WeirMaps.requireLayout(pins);
            return new KernelView(pins, query -> EventReader.waiting(pins, query));
        } catch (WrongLayoutException e) {
            throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
        } catch (BpfException.NotPermitted e) {
            throw new CommandFailure(ExitCode.NOT_PERMITTED, String.valueOf(e.getMessage()), e);
        } catch (BpfException e) {
            throw new CommandFailure(ExitCode.FAILED, VIEW + bpffs + ": " + e.getMessage(), e);
        }
    }

    /// Null where weir.yaml names no collector.
    private @Nullable Exporter exporter(Enforcer enforcer, long begun) {
        return enforcer.ended()
                .map(ended -> Exporter.start(config.ipfix(), new PinPaths(config.bpffs()), ended, begun))
                .orElse(null);
    }

    private KernelView view(Enforcer enforcer, EventReader events, @Nullable Exporter exporter, StartingView starting) {
        KernelView.AgentFacts facts = new KernelView.AgentFacts() {
            @Override
            public Report report() {
                return enforcer.report();
            }

            @Override
            public Instant startedAt() {
                return starting.startedAt();
            }

            @Override
            public List<MeterSnapshot.Ipfix> ipfix() {
                return exporter == null ? List.of() : List.of(exporter.counts());
            }
        };
        PinPaths pins = new PinPaths(config.bpffs());
        return new KernelView(enforcer.maps(), pins, config.policies().toString(), facts, events.log()::page);
    }

    private static void require(Support support, String attempt) throws CommandFailure {
        switch (support) {
            case Support.Supported supported -> {}
            case Support.Unsupported no ->
                throw new CommandFailure(
                        ExitCode.NOT_PERMITTED, "cannot %s: %s; %s".formatted(attempt, no.reason(), no.remedy()));
            case Support.Unknown unknown ->
                Log.warn("could not find out whether this host can %s: %s".formatted(attempt, unknown.reason()));
        }
    }

    /// Returns on SIGINT or SIGTERM. The hook holds the JVM until the agent has let go of everything.
    private void awaitSignal() {
        CountDownLatch asked = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            asked.countDown();
                            try {
                                if (!ended.await(STOP_SECONDS, TimeUnit.SECONDS)) {
                                    Log.warn("the agent did not end in time; what it enforces stays in force");
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            Log.flush();
                        },
                        "weir-stop"));
        Thrift thrift = new Thrift();
        try {
            while (!asked.await(LOOK_SECONDS, TimeUnit.SECONDS)) {
                thrift.look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
