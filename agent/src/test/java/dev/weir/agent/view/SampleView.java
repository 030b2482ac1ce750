// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowState;
import dev.weir.abi.IpAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A small host, always the same, whose parts a test may replace.
public class SampleView implements AgentView {
    public static final Instant APPLIED = Instant.parse("2026-01-02T03:04:05Z");
    public static final DeviceView ATTACHED =
            new DeviceView("blue", "veth-blue", 7, "host", List.of("xdp", "tcx"), true, null, null);
    public static final DeviceView DETACHED =
            new DeviceView("red", "veth-red", 9, "host", List.of(), false, "attach weir_tcx_in: EPERM", null);

    public static final DriftView FOREIGN = new DriftView(
            "foreign",
            "blue",
            "veth-blue",
            "tcx",
            "program take (number 7) stands in front of Weir on TCX INGRESS",
            APPLIED,
            null,
            "have its owner attach it behind");
    public static final DriftView REPAIRED =
            new DriftView("pin-missing", null, null, null, "1 pin was taken away", APPLIED, APPLIED, null);

    public static final List<PeerView> PEERS = List.of(
            new PeerView("blue", "red", PeerView.Kind.NAMESPACE, 700, 80),
            PeerView.of("blue", PeerView.Kind.HOST, 0, 40),
            PeerView.of("blue", PeerView.Kind.WORLD, 300, 0),
            PeerView.of("blue", PeerView.Kind.OTHER, 0, 0));

    public Supplier<StatusView> status = () -> status(StatusView.State.ENFORCING, ATTACHED);
    public Supplier<MeterSnapshot> meters = SampleView::sampleMeters;
    public List<FlowView> flows = new ArrayList<>(List.of(
            flow("blue", "10.0.0.2", 80, "192.0.2.7", 40000, 1_500_000),
            flow("blue", "10.0.0.2", 443, "2001:db8::7", 40001, 900),
            flow("red", "10.0.0.3", 80, "198.51.100.7", 40002, 70)));

    public List<EventView> events = new ArrayList<>(List.of(
            EventView.of(41, APPLIED, "the agent has started"),
            EventView.of(42, APPLIED.plusMillis(5), 0, packet("blue", Verdict.DENY, null, "web", "#2")),
            EventView.of(43, APPLIED.plusMillis(6), 12, packet("red", Verdict.DENY, DropReason.SPOOF, "", null)),
            EventView.of(44, APPLIED.plusMillis(7), 0, packet("blue", Verdict.AUDIT, null, "trial", "default"))));

    private static EventView.Packet packet(
            String namespace, Verdict verdict, @Nullable DropReason reason, String policy, @Nullable String rule) {
        return new EventView.Packet(
                namespace,
                "veth-" + namespace,
                Direction.INGRESS,
                verdict,
                verdict.passes() || reason != null ? reason : DropReason.POLICY,
                policy,
                rule,
                Direction.INGRESS,
                rule == null ? null : policy + ".yaml",
                rule == null ? 0 : 12,
                "tcp",
                "tcp/22",
                IpAddress.parse("10.0.0.2"),
                22,
                IpAddress.parse("192.0.2.7"),
                40000,
                "SYN",
                1,
                74,
                3);
    }

    /// The status of a host with these devices.
    public static StatusView status(StatusView.State state, DeviceView... devices) {
        return new StatusView(
                "0.1.0",
                state,
                why(state, List.of(devices)),
                3,
                "9f86d081884c7d65",
                APPLIED,
                APPLIED.minusSeconds(60),
                4711L,
                "/etc/weir/policies",
                List.of(new VantageView("host", null), new VantageView("router", "no network namespace is called so")),
                List.of(devices),
                state == StatusView.State.ENFORCING ? List.of() : List.of(FOREIGN, REPAIRED),
                List.of(new MapView("weir_flows", 2, 65536)),
                1,
                state == StatusView.State.ENFORCING ? null : "web.yaml:3:5: unknown key");
    }

    private static List<String> why(StatusView.State state, List<DeviceView> devices) {
        List<String> why = new ArrayList<>(StatusView.missing(3, devices));
        if (state != StatusView.State.ENFORCING) {
            why.add("web.yaml:3:5: unknown key");
        }
        return why;
    }

    /// A flow that the outside opened.
    public static FlowView flow(
            String namespace, String inside, int insidePort, String outside, int outsidePort, long bytes) {
        return new FlowView(
                namespace,
                "veth-" + namespace,
                Direction.INGRESS,
                "tcp",
                IpAddress.parse(inside),
                insidePort,
                IpAddress.parse(outside),
                outsidePort,
                "tcp/" + insidePort,
                Verdict.ALLOW,
                "web",
                "#1",
                bytes / 100,
                bytes / 200,
                bytes,
                0,
                APPLIED,
                APPLIED.plusSeconds(5),
                5,
                FlowState.ESTABLISHED,
                350);
    }

    @Override
    public PeerPage peers(PeerQuery query) {
        return PeerPage.of(query, APPLIED, PEERS);
    }

    public static MeterSnapshot sampleMeters() {
        MeterTally tally = new MeterTally();
        tally.began("blue", APPLIED.minusSeconds(3600).getEpochSecond());
        tally.outcome("blue", Direction.EGRESS, Verdict.ALLOW, 10, 1000);
        tally.outcome("blue", Direction.INGRESS, Verdict.DENY, 2, 120);
        tally.drop("blue", Direction.INGRESS, DropReason.EXTENSION_HEADERS, 2);
        tally.rule("blue", Direction.EGRESS, "web", "#1", Verdict.ALLOW, 10, 1000);
        tally.flows("blue", 2, 5, 3, 1);
        tally.handshakes(
                "blue",
                Direction.EGRESS,
                List.of(1L, 0L, 2L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 1L),
                7_000_123);
        tally.eventsLost("blue", 12);
        return new MeterSnapshot(
                tally,
                tally.rules(),
                List.of(new MeterSnapshot.RefusedClaims("blue", 4)),
                PEERS,
                new MeterSnapshot.Policy(3, 2, 1, 1_500_000_000L, false, APPLIED),
                List.of(new MeterSnapshot.Device("blue", "veth-blue", "tcx", true, false)),
                List.of(new MeterSnapshot.Interface(
                        "blue",
                        "veth-blue",
                        new MeterSnapshot.Carried(11, 1100, 1),
                        new MeterSnapshot.Carried(3, 180, 2),
                        1514,
                        6)),
                List.of(new MapView("weir_flows", 2, 65536)),
                List.of(new MeterSnapshot.Ipfix(100, 1, 12, 9000, 2, 1, 3, 7)),
                APPLIED.minusSeconds(60).getEpochSecond(),
                new Build("0.1.0", "25"));
    }

    @Override
    public StatusView status() {
        return status.get();
    }

    @Override
    public List<NamespaceView> namespaces() {
        return List.of(new NamespaceView(
                "blue",
                NamespaceView.Kind.NAMED,
                4026532201L,
                3,
                1000,
                List.of("veth-blue"),
                List.of(IpAddress.parse("10.0.0.2"), IpAddress.parse("2001:db8::2")),
                List.of(new NamespaceView.RefusedAddress("192.0.2.1", "the host holds it")),
                List.of("web"),
                2,
                10,
                2,
                1000,
                120,
                2,
                List.of(new NamespaceView.Drops(Direction.INGRESS, DropReason.EXTENSION_HEADERS, 2)),
                1,
                0,
                null));
    }

    @Override
    public List<IpAddress> hostAddresses() {
        return List.of(IpAddress.parse("10.0.0.1"));
    }

    @Override
    public List<InterfaceView> interfaces(String namespace) {
        return namespace.equals("blue")
                ? List.of(
                        end(InterfaceView.End.OUTSIDE, "veth-blue", "noqueue", 0),
                        end(InterfaceView.End.INSIDE, "eth0", "fq_codel", 3))
                : List.of();
    }

    private static InterfaceView end(InterfaceView.End end, String name, String discipline, int waiting) {
        return new InterfaceView(
                "veth-blue",
                end,
                name,
                true,
                1500,
                1000,
                10,
                1000,
                1,
                2,
                120,
                0,
                discipline,
                waiting,
                waiting * 100L,
                waiting * 2L);
    }

    @Override
    public PoliciesView policies() {
        return new PoliciesView(
                3,
                "9f86d081884c7d65",
                APPLIED,
                List.of(new PoliciesView.PolicyView(
                        "web",
                        "web.yaml",
                        100,
                        "enforce",
                        "reevaluate",
                        List.of("blue"),
                        Map.of("tier", "web"),
                        List.of(),
                        "2c26b46b68ffc68f",
                        List.of(new PoliciesView.RuleView(
                                Direction.EGRESS, "#1", Verdict.ALLOW, "tcp/443", "any", 5, 10, 1000)))),
                List.of(),
                List.of());
    }

    @Override
    public PoliciesView policies(String namespace) {
        PoliciesView all = policies();
        return namespace.equals("blue")
                ? all
                : new PoliciesView(all.generation(), all.hash(), all.appliedAt(), List.of(), List.of(), List.of());
    }

    @Override
    public FlowWalk walk(int position) {
        List<FlowView> table = List.copyOf(flows);
        return new FlowWalk() {
            private int next = position;

            @Override
            public FlowPart read(int count) {
                int end = Math.min(table.size(), next + count);
                List<FlowView> part = table.subList(Math.min(next, end), end);
                next = end;
                return part(part, end == table.size());
            }

            @Override
            public int position() {
                return next;
            }
        };
    }

    /// A part of a walk.
    public static FlowPart part(List<FlowView> flows, boolean last) {
        return new FlowPart() {
            @Override
            public void show(Consumer<? super FlowRow> action) {
                flows.forEach(flow -> action.accept(new ShownFlow(flow)));
            }

            @Override
            public boolean isLast() {
                return last;
            }
        };
    }

    @Override
    public EventPage events(EventQuery query) {
        List<EventView> matching = events.stream()
                .filter(query::matches)
                .filter(event -> query.after() == null || event.number() > query.after())
                .limit(query.limit())
                .toList();
        return new EventPage(matching, events.getLast().number(), 0);
    }

    @Override
    public MeterSnapshot meters() {
        return meters.get();
    }
}
