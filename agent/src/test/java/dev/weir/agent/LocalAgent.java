// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.weir.abi.Direction;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.enforce.Enforcer;
import dev.weir.agent.enforce.Report;
import dev.weir.agent.event.EventReader;
import dev.weir.agent.flow.KernelView;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.view.BadQuery;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.FlowQuery;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.Verdict;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An agent inside the test's own process, without its HTTP server.
final class LocalAgent implements AutoCloseable {
    private final WeirConfig config;
    private final Enforcer enforcer;
    private final EventReader events;
    private final KernelView view;

    private LocalAgent(WeirConfig config, Enforcer enforcer) {
        this.config = config;
        this.enforcer = enforcer;
        PinPaths pins = new PinPaths(config.bpffs());
        this.events = EventReader.start(pins, enforcer::report);
        KernelView.AgentFacts facts = new KernelView.AgentFacts() {
            @Override
            public Report report() {
                return enforcer.report();
            }

            @Override
            public Instant startedAt() {
                return Instant.EPOCH;
            }
        };
        this.view = new KernelView(pins, config.policies().toString(), facts, events.log()::page);
    }

    /// Returns when the policies of the directory are enforced.
    static LocalAgent start(WeirConfig config) {
        try {
            PolicyDirectory directory = new PolicyDirectory(List.of(config.policies()));
            PolicyLoader.Loaded loaded = assertInstanceOf(PolicyLoader.Loaded.class, directory.read());
            return new LocalAgent(config, Enforcer.start(config, directory, loaded));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits until what the directory says now is in force.
    LocalAgent awaitReload() {
        PolicyLoader.Loaded wanted =
                assertInstanceOf(PolicyLoader.Loaded.class, PolicyDirectory.load(config.policies()));
        Await.until(
                "the saved policies are in force",
                this::report,
                () -> report().policies().hash().equals(wanted.policies().hash())
                        && report().diagnostics().isEmpty());
        return this;
    }

    Report report() {
        return enforcer.report();
    }

    KernelView view() {
        return view;
    }

    /// Packets that a rule decided, in all namespaces; the default of a section is the rule `default`.
    long rulePackets(String policy, Direction direction, String rule) {
        return rulePackets(view, policy, direction, rule);
    }

    static long rulePackets(KernelView view, String policy, Direction direction, String rule) {
        return view.meters().rules().stream()
                .filter(row -> row.policy().equals(policy)
                        && row.direction() == direction
                        && row.rule().equals(rule))
                .mapToLong(MeterSnapshot.Rule::packets)
                .sum();
    }

    Optional<NamespaceView> namespace(String name) {
        return view.namespaces().stream()
                .filter(namespace -> namespace.name().equals(name))
                .findAny();
    }

    List<FlowView> flows(String namespace) {
        return flows(view, namespace);
    }

    static List<FlowView> flows(KernelView view, String namespace) {
        try {
            Map<String, List<String>> parameters =
                    Map.of("namespace", List.of(namespace), "limit", List.of(Integer.toString(FlowQuery.MAX_LIMIT)));
            return view.flows(FlowQuery.parse(parameters)).flows();
        } catch (BadQuery e) {
            throw new IllegalArgumentException(namespace, e);
        }
    }

    /// The flows of a namespace with this service, such as `tcp/80`.
    List<FlowView> flows(String namespace, String service) {
        return flows(namespace).stream()
                .filter(flow -> flow.service().equals(service))
                .toList();
    }

    /// How a namespace's flows came and went.
    MeterSnapshot.Flows tracking(String namespace) {
        return view.meters().flows().stream()
                .filter(row -> row.namespace().equals(namespace))
                .findAny()
                .orElseThrow();
    }

    /// Packets of a namespace that were dropped for a reason.
    long drops(String namespace, Direction direction, DropReason reason) {
        return view.meters().drops().stream()
                .filter(row ->
                        row.namespace().equals(namespace) && row.direction() == direction && row.reason() == reason)
                .mapToLong(MeterSnapshot.Drop::packets)
                .sum();
    }

    /// What a namespace's devices carried.
    MeterSnapshot.Outcome outcome(String namespace, Direction direction, Verdict verdict) {
        return view.meters().outcomes().stream()
                .filter(row ->
                        row.namespace().equals(namespace) && row.direction() == direction && row.verdict() == verdict)
                .findAny()
                .orElse(new MeterSnapshot.Outcome(namespace, direction, verdict, 0, 0));
    }

    @Override
    public void close() {
        view.close();
        events.close();
        enforcer.close();
    }
}
