// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.Endpoint;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.abi.State;
import dev.weir.agent.enforce.Report;
import dev.weir.agent.pins.Links;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.AgentView;
import dev.weir.agent.view.Build;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.EventQuery;
import dev.weir.agent.view.FlowWalk;
import dev.weir.agent.view.InterfaceView;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.MeterTally;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.PeerPage;
import dev.weir.agent.view.PeerQuery;
import dev.weir.agent.view.PeerView;
import dev.weir.agent.view.PoliciesView;
import dev.weir.agent.view.PolicyError;
import dev.weir.agent.view.StatusView;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.compile.PolicyLint;
import dev.weir.yaml.Diagnostic;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Answers from the pinned maps, for the running agent and for the commands that run without one. What only
/// an agent knows comes from its [Report].
public final class KernelView implements AgentView, AutoCloseable {
    private final WeirMaps maps;
    private final boolean own; // whether the maps are closed with this
    private final StatusReader statuses;
    private final PeerReader peers;
    private final RuleTops ruleTops = new RuleTops(RuleTops.PLACES);
    private final PeerTops peerTops = new PeerTops();
    private final @Nullable AgentFacts agent;
    private final Function<EventQuery, EventPage> events;
    private volatile @Nullable Doubts doubts;

    /// What the running agent knows beyond the maps.
    public interface AgentFacts {
        Report report();

        Instant startedAt();

        /// What the exporter of flows has done, where one runs.
        default List<MeterSnapshot.Ipfix> ipfix() {
            return List.of();
        }
    }

    /// What is pinned, where no agent runs.
    ///
    /// @param events answers what is asked about events
    public KernelView(PinPaths pins, Function<EventQuery, EventPage> events) {
        this(WeirMaps.openPinned(pins), true, pins, "", null, events);
    }

    /// What the running agent enforces.
    ///
    /// @param maps that the agent has open, and closes after this: each opening takes memory of its own
    /// @param events answers what is asked about events
    public KernelView(
            WeirMaps maps,
            PinPaths pins,
            String policyDirectory,
            AgentFacts agent,
            Function<EventQuery, EventPage> events) {
        this(maps, false, pins, policyDirectory, agent, events);
    }

    private KernelView(
            WeirMaps maps,
            boolean own,
            PinPaths pins,
            String policyDirectory,
            @Nullable AgentFacts agent,
            Function<EventQuery, EventPage> events) {
        this.maps = maps;
        this.own = own;
        this.peers = new PeerReader(maps);
        this.statuses = new StatusReader(maps, new Links(pins), policyDirectory);
        this.agent = agent;
        this.events = events;
    }

    @Override
    public StatusView status() {
        return statuses.status(generation(), agent);
    }

    @Override
    public List<NamespaceView> namespaces() {
        MeterTally tally = new MeterTally();
        Snapshot snapshot = CounterReader.read(maps, tally);
        Map<String, Long> flows = new HashMap<>();
        tally.flows().forEach(row -> flows.put(row.namespace(), row.live()));
        Map<String, MeterTally.Answers> answers = new HashMap<>();
        tally.answers().forEach(row -> answers.put(row.namespace(), row));
        Map<String, Traffic> traffic = new HashMap<>();
        for (MeterSnapshot.Outcome row : tally.outcomes()) {
            traffic.computeIfAbsent(row.namespace(), name -> new Traffic()).add(row);
        }
        for (MeterSnapshot.Drop row : tally.drops()) {
            traffic.computeIfAbsent(row.namespace(), name -> new Traffic()).add(row);
        }
        Map<String, List<Endpoint>> endpoints = new TreeMap<>();
        for (Endpoint endpoint : snapshot.endpoints().values()) {
            endpoints
                    .computeIfAbsent(endpoint.namespaceName(), name -> new ArrayList<>())
                    .add(endpoint);
        }
        Map<Integer, List<IpAddress>> addresses = addresses();
        Map<String, List<String>> policies = policyNames();
        Inhabitants inhabitants = Inhabitants.look();
        List<NamespaceView> views = new ArrayList<>();
        endpoints.forEach((name, behind) -> {
            long inode = behind.getFirst().namespaceInode();
            Traffic carried = traffic.getOrDefault(name, new Traffic());
            MeterTally.Answers answered = answers.getOrDefault(name, new MeterTally.Answers(name, 0, 0));
            views.add(new NamespaceView(
                    name,
                    inhabitants.kind(name, inode),
                    inode,
                    inhabitants.count(inode),
                    inhabitants.owner(inode),
                    behind.stream().map(snapshot::called).sorted().toList(),
                    addresses.getOrDefault(behind.getFirst().namespaceNumber(), List.of()),
                    refused(name),
                    policies.getOrDefault(name, List.of()),
                    flows.getOrDefault(name, 0L),
                    carried.packets[0],
                    carried.packets[1],
                    carried.bytes[0],
                    carried.bytes[1],
                    carried.drops.stream()
                            .mapToLong(NamespaceView.Drops::packets)
                            .sum(),
                    carried.drops,
                    answered.sent(),
                    answered.suppressed(),
                    null));
        });
        return views;
    }

    @Override
    public List<IpAddress> hostAddresses() {
        return addresses().getOrDefault(Limits.HOST_NUMBER, List.of());
    }

    @Override
    public List<InterfaceView> interfaces(String namespace) {
        return new InterfaceReader(Snapshot.read(maps)).read(namespace);
    }

    @Override
    public PoliciesView policies() {
        Report report = agent == null ? null : agent.report();
        return policies(report, report == null ? List.of() : report.policies().policies(), row -> true);
    }

    @Override
    public PoliciesView policies(String namespace) {
        Report report = agent == null ? null : agent.report();
        List<String> names =
                report == null ? List.of() : report.subjects().policyNames().getOrDefault(namespace, List.of());
        List<Policy> selecting = report == null
                ? List.of()
                : report.policies().policies().stream()
                        .filter(policy -> names.contains(policy.name()))
                        .toList();
        return policies(report, selecting, row -> row.namespace().equals(namespace));
    }

    private PoliciesView policies(@Nullable Report report, List<Policy> shown, Predicate<MeterSnapshot.Rule> counted) {
        State.Generation generation = generation();
        MeterTally tally = new MeterTally();
        CounterReader.read(maps, tally);
        return new PoliciesView(
                generation.number(),
                hash(generation),
                appliedAt(generation),
                PolicyViews.of(shown, tally.rules().stream().filter(counted).toList()),
                report == null ? List.of() : PolicyViews.errors(report.diagnostics()),
                report == null ? List.of() : warnings(report));
    }

    @Override
    public FlowWalk walk(int position) {
        return new FlowReader(maps, position);
    }

    @Override
    public EventPage events(EventQuery query) {
        return events.apply(query);
    }

    @Override
    public PeerPage peers(PeerQuery query) {
        Instant countedAt = peers.countedAt();
        Report report = agent == null ? null : agent.report();
        return PeerPage.of(query, countedAt, peers(maps.readEndpoints().values(), report));
    }

    private List<PeerView> peers(Collection<Endpoint> endpoints, @Nullable Report report) {
        return peers.read(endpoints, report == null ? Map.of() : report.numbers());
    }

    @Override
    public MeterSnapshot meters() {
        MeterTally tally = new MeterTally();
        Snapshot names = CounterReader.read(maps, tally);
        State.Generation generation = generation();
        Report report = agent == null ? null : agent.report();
        return new MeterSnapshot(
                tally,
                ruleTops.cut(tally.rules()),
                refusedClaims(tally.flows(), report),
                peerTops.shown(peers(names.endpoints().values(), report)),
                new MeterSnapshot.Policy(
                        generation.number(),
                        report == null ? 0 : report.reloads(),
                        report == null ? 0 : report.refused(),
                        report == null ? 0 : report.reloadNanos(),
                        report != null && (!report.diagnostics().isEmpty() || report.error() != null),
                        appliedAt(generation)),
                statuses.hooks(report, names),
                InterfaceCounters.read(names),
                CounterReader.maps(maps, names),
                agent == null ? List.of() : agent.ipfix(),
                agent == null ? 0 : agent.startedAt().getEpochSecond(),
                Build.current());
    }

    @Override
    public void close() {
        if (own) {
            maps.close();
        }
    }

    /// Packets and bytes by direction, and drops by reason, of one namespace.
    private static final class Traffic {
        private final long[] packets = new long[2];
        private final long[] bytes = new long[2];
        private final List<NamespaceView.Drops> drops = new ArrayList<>();

        void add(MeterSnapshot.Outcome row) {
            packets[row.direction().number()] += row.packets();
            bytes[row.direction().number()] += row.bytes();
        }

        void add(MeterSnapshot.Drop row) {
            if (row.packets() > 0) {
                drops.add(new NamespaceView.Drops(row.direction(), row.reason(), row.packets()));
            }
        }
    }

    /// What is doubtful in the policies in force, looked for once, and in how they fit the host, which may change.
    private List<PolicyError> warnings(Report report) {
        Doubts known = doubts;
        if (known == null || !known.policies.equals(report.policies())) {
            known = new Doubts(report.policies(), PolicyLint.warnings(report.policies()));
            doubts = known;
        }
        List<Diagnostic> all = new ArrayList<>(report.warnings());
        all.addAll(known.warnings);
        all.addAll(PolicyLint.unmet(
                report.policies(),
                report.subjects().targets(),
                report.subjects().holders()));
        return PolicyViews.errors(all);
    }

    private record Doubts(PolicySet policies, List<Diagnostic> warnings) {}

    private List<NamespaceView.RefusedAddress> refused(String namespace) {
        return agent == null
                ? List.of()
                : agent.report().refusedClaims().stream()
                        .filter(refusal -> refusal.namespace().equals(namespace))
                        .limit(NamespaceView.MAX_REFUSED)
                        .map(refusal -> new NamespaceView.RefusedAddress(refusal.address(), refusal.reason()))
                        .toList();
    }

    /// For every namespace that is enforced; none where no agent counts.
    private static List<MeterSnapshot.RefusedClaims> refusedClaims(
            List<MeterSnapshot.Flows> namespaces, @Nullable Report report) {
        return report == null
                ? List.of()
                : namespaces.stream()
                        .map(each -> new MeterSnapshot.RefusedClaims(
                                each.namespace(), report.refusedClaimCounts().getOrDefault(each.namespace(), 0L)))
                        .toList();
    }

    private Map<Integer, List<IpAddress>> addresses() {
        Map<Integer, Set<IpAddress>> byNumber = new HashMap<>(); // on one segment or anywhere
        maps.addresses()
                .forEach((key, number) -> byNumber.computeIfAbsent(number, absent -> new TreeSet<>())
                        .add(key.address()));
        Map<Integer, List<IpAddress>> lists = new HashMap<>();
        byNumber.forEach((number, set) -> lists.put(number, List.copyOf(set)));
        return lists;
    }

    /// The names of the policies that hold for each namespace: those of the agent, or what the counters tell.
    private Map<String, List<String>> policyNames() {
        if (agent != null) {
            return agent.report().subjects().policyNames();
        }
        Map<String, List<String>> names = new HashMap<>();
        Snapshot snapshot = Snapshot.read(maps);
        Map<String, Set<String>> counted = new HashMap<>();
        snapshot.owners().forEach((owner, _) -> {
            Endpoint endpoint = snapshot.endpoints().get(owner.slot());
            if (endpoint != null && !owner.policy().isEmpty()) {
                counted.computeIfAbsent(endpoint.namespaceName(), name -> new TreeSet<>())
                        .add(owner.policy());
            }
        });
        counted.forEach((namespace, policies) -> names.put(namespace, List.copyOf(policies)));
        return names;
    }

    private State.Generation generation() {
        State state = maps.readState();
        return state.generation(state.epoch());
    }

    static @Nullable String hash(State.Generation generation) {
        return generation.number() == 0 ? null : generation.hash();
    }

    static @Nullable Instant appliedAt(State.Generation generation) {
        return generation.number() == 0 ? null : Instant.EPOCH.plusNanos(generation.appliedNanos());
    }
}
