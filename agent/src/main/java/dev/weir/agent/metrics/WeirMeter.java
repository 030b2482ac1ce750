// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

import dev.weir.agent.view.MeterSnapshot;
import java.util.List;
import java.util.function.BiConsumer;

/// Every meter of Weir: its name, kind, unit, help and labels, how many series it has and since when, and which rows
/// of a snapshot they are. Adding a constant is all it takes to add a meter; `/metrics`, its test, and
/// docs/metrics.md, which is made from this, follow.
public enum WeirMeter {
    PACKETS(
            "weir_packets_total",
            MeterKind.COUNTER,
            "packets",
            "Packets that devices carried, by what became of them.",
            List.of("namespace", "direction", "verdict"),
            "8 a namespace",
            MeterBegan.NAMESPACE,
            MeterRows::packets),
    BYTES(
            "weir_bytes_total",
            MeterKind.COUNTER,
            "bytes",
            "Bytes of these packets, as on the wire.",
            List.of("namespace", "direction", "verdict"),
            "8 a namespace",
            MeterBegan.NAMESPACE,
            MeterRows::bytes),
    DROPS(
            "weir_drops_total",
            MeterKind.COUNTER,
            "",
            "Packets that were dropped, by reason.",
            List.of("namespace", "direction", "reason"),
            "16 a namespace",
            MeterBegan.UNTOLD,
            MeterRows::drops),
    RULE_PACKETS(
            "weir_rule_packets_total",
            MeterKind.COUNTER,
            "packets",
            "Packets that a rule decided.",
            List.of("namespace", "direction", "policy", "rule", "action"),
            "200 rules a namespace, and `other` by direction and action",
            MeterBegan.UNTOLD,
            (from, to) -> MeterRows.rules(from, to, MeterSnapshot.Rule::packets)),
    RULE_BYTES(
            "weir_rule_bytes_total",
            MeterKind.COUNTER,
            "bytes",
            "Bytes of the packets that a rule decided, as on the wire.",
            List.of("namespace", "direction", "policy", "rule", "action"),
            "200 rules a namespace, and `other` by direction and action",
            MeterBegan.UNTOLD,
            (from, to) -> MeterRows.rules(from, to, MeterSnapshot.Rule::bytes)),
    FLOWS(
            "weir_flows",
            MeterKind.GAUGE,
            "",
            "Flows that are tracked now.",
            List.of("namespace"),
            "1 a namespace",
            MeterBegan.UNTOLD,
            (from, to) -> from.flows().forEach(row -> to.add(row.live(), row.namespace()))),
    FLOWS_OPENED(
            "weir_flows_opened_total",
            MeterKind.COUNTER,
            "",
            "Flows that began to be tracked.",
            List.of("namespace"),
            "1 a namespace",
            MeterBegan.NAMESPACE,
            (from, to) -> MeterRows.flows(from, to, MeterSnapshot.Flows::opened)),
    FLOWS_CLOSED(
            "weir_flows_closed_total",
            MeterKind.COUNTER,
            "",
            "Flows that ended or stayed idle too long.",
            List.of("namespace"),
            "1 a namespace",
            MeterBegan.NAMESPACE,
            (from, to) -> MeterRows.flows(from, to, MeterSnapshot.Flows::closed)),
    FLOWS_UNTRACKED(
            "weir_flows_untracked_total",
            MeterKind.COUNTER,
            "",
            "Packets that were judged without a flow, because the namespace's quota or the table was full.",
            List.of("namespace"),
            "1 a namespace",
            MeterBegan.NAMESPACE,
            (from, to) -> MeterRows.flows(from, to, MeterSnapshot.Flows::untracked)),
    TCP_HANDSHAKE(
            "weir_tcp_handshake_seconds",
            MeterKind.HISTOGRAM,
            "seconds",
            "Time from SYN to the acknowledgement of its answer, as the device saw it, by who opened.",
            List.of("namespace", "direction"),
            "36 a namespace",
            MeterBegan.NAMESPACE,
            MeterRows::handshakes),
    PEER_BYTES(
            "weir_peer_bytes_total",
            MeterKind.COUNTER,
            "bytes",
            "Bytes that rules let pass between a namespace and its peers, as on the wire, up to five seconds late; `other` is"
                    + " who is not among the largest, or not known.",
            List.of("namespace", "peer", "direction"),
            "42 a namespace",
            MeterBegan.UNTOLD,
            MeterRows::peers),
    ADDRESS_CLAIMS_REFUSED(
            "weir_address_claims_refused_total",
            MeterKind.COUNTER,
            "",
            "Addresses that a namespace claimed and was not granted, since the agent started.",
            List.of("namespace"),
            "1 a namespace",
            MeterBegan.AGENT,
            MeterRows::refusedClaims),
    POLICY_GENERATION(
            "weir_policy_generation",
            MeterKind.GAUGE,
            "",
            "Generation of the policies in force; grows by one with each change.",
            List.of(),
            "1",
            MeterBegan.UNTOLD,
            (from, to) -> to.add(from.policy().generation())),
    POLICY_OUTDATED(
            "weir_policy_outdated",
            MeterKind.GAUGE,
            "",
            "1 when the policy directory or the host ask for something else than what is in force, else 0.",
            List.of(),
            "1",
            MeterBegan.UNTOLD,
            (from, to) -> to.add(from.policy().outdated() ? 1 : 0)),
    POLICY_RELOADS(
            "weir_policy_reloads_total",
            MeterKind.COUNTER,
            "",
            "Reloads of the policy directory since the agent started, by result.",
            List.of("result"),
            "2",
            MeterBegan.AGENT,
            MeterRows::reloads),
    POLICY_RELOAD_SECONDS(
            "weir_policy_reload_seconds",
            MeterKind.SUMMARY,
            "seconds",
            "Time that reloads of the policy directory took.",
            List.of(),
            "2",
            MeterBegan.AGENT,
            MeterRows::reloadTimes),
    POLICY_LAST_APPLIED(
            "weir_policy_last_applied_timestamp_seconds",
            MeterKind.GAUGE,
            "seconds",
            "When the policies in force were applied, in Unix time.",
            List.of(),
            "1",
            MeterBegan.UNTOLD,
            (from, to) -> {
                if (from.policy().appliedAt() != null) {
                    to.addTime(from.policy().appliedAt());
                }
            }),
    DEVICE_ATTACHED(
            "weir_device_attached",
            MeterKind.GAUGE,
            "",
            "1 when the hook of a selected device has its programs, else 0.",
            List.of("namespace", "device", "hook"),
            "1 a device and hook",
            MeterBegan.UNTOLD,
            (from, to) -> from.devices()
                    .forEach(row -> to.add(row.attached() ? 1 : 0, row.namespace(), row.device(), row.hook()))),
    DEVICE_DRIFT(
            "weir_device_drift",
            MeterKind.GAUGE,
            "",
            "1 when the last check, one a second, found the programs of the hook not as the agent left them, else 0.",
            List.of("namespace", "device", "hook"),
            "1 a device and hook",
            MeterBegan.UNTOLD,
            (from, to) -> from.devices()
                    .forEach(row -> to.add(row.drift() ? 1 : 0, row.namespace(), row.device(), row.hook()))),
    INTERFACE_PACKETS(
            "weir_interface_packets_total",
            MeterKind.COUNTER,
            "packets",
            "Packets that the host-side device counted itself, as `ip -s link` shows; one of segments counts as one.",
            List.of("namespace", "device", "direction"),
            "2 a device",
            MeterBegan.UNTOLD,
            (from, to) -> MeterRows.interfaces(from, to, MeterSnapshot.Carried::packets)),
    INTERFACE_BYTES(
            "weir_interface_bytes_total",
            MeterKind.COUNTER,
            "bytes",
            "Bytes that the host-side device counted itself.",
            List.of("namespace", "device", "direction"),
            "2 a device",
            MeterBegan.UNTOLD,
            (from, to) -> MeterRows.interfaces(from, to, MeterSnapshot.Carried::bytes)),
    INTERFACE_DROPS(
            "weir_interface_drops_total",
            MeterKind.COUNTER,
            "",
            "Packets that the host-side device dropped itself; what Weir drops is not among them.",
            List.of("namespace", "device", "direction"),
            "2 a device",
            MeterBegan.UNTOLD,
            (from, to) -> MeterRows.interfaces(from, to, MeterSnapshot.Carried::drops)),
    QDISC_BACKLOG(
            "weir_qdisc_backlog_bytes",
            MeterKind.GAUGE,
            "bytes",
            "Bytes that wait to be sent by the host-side device.",
            List.of("namespace", "device", "direction"),
            "1 a device",
            MeterBegan.UNTOLD,
            (from, to) -> MeterRows.queues(from, to, MeterSnapshot.Interface::backlogBytes)),
    QDISC_DROPS(
            "weir_qdisc_drops_total",
            MeterKind.COUNTER,
            "",
            "Packets that the queue of the host-side device dropped; the kernel counts them in 32 bits.",
            List.of("namespace", "device", "direction"),
            "1 a device",
            MeterBegan.UNTOLD,
            (from, to) -> MeterRows.queues(from, to, MeterSnapshot.Interface::queueDrops)),
    EVENTS_LOST(
            "weir_events_lost_total",
            MeterKind.COUNTER,
            "",
            "Events that were too many for the namespace, or met a full ring.",
            List.of("namespace"),
            "1 a namespace",
            MeterBegan.NAMESPACE,
            MeterRows::eventsLost),
    MAP_ENTRIES(
            "weir_map_entries",
            MeterKind.GAUGE,
            "",
            "Entries that a kernel map holds.",
            List.of("map"),
            "1 a map",
            MeterBegan.UNTOLD,
            (from, to) -> from.maps().forEach(row -> to.add(row.entries(), row.name()))),
    MAP_CAPACITY(
            "weir_map_capacity",
            MeterKind.GAUGE,
            "",
            "Entries that a kernel map can hold.",
            List.of("map"),
            "1 a map",
            MeterBegan.UNTOLD,
            (from, to) -> from.maps().forEach(row -> to.add(row.capacity(), row.name()))),
    IPFIX_RECORDS(
            "weir_ipfix_records_total",
            MeterKind.COUNTER,
            "",
            "Flow records that were sent to the collector.",
            List.of(),
            "1, where flows are exported",
            MeterBegan.UNTOLD,
            (from, to) -> from.ipfix().forEach(row -> to.add(row.records()))),
    IPFIX_RECORDS_LOST(
            "weir_ipfix_records_lost_total",
            MeterKind.COUNTER,
            "",
            "Flow records that could not be sent, and flows that ended and could not be told.",
            List.of(),
            "1, where flows are exported",
            MeterBegan.UNTOLD,
            (from, to) -> from.ipfix().forEach(row -> to.add(row.lost()))),
    IPFIX_RECORDS_POSTPONED(
            "weir_ipfix_records_postponed_total",
            MeterKind.COUNTER,
            "",
            "Flow records that were put off until the flow ends, because too many flows are known.",
            List.of(),
            "1, where flows are exported",
            MeterBegan.UNTOLD,
            (from, to) -> from.ipfix().forEach(row -> to.add(row.postponed()))),
    IPFIX_FLOWS_KNOWN(
            "weir_ipfix_flows_known",
            MeterKind.GAUGE,
            "",
            "Flows of which it is known what was told.",
            List.of(),
            "1, where flows are exported",
            MeterBegan.UNTOLD,
            (from, to) -> from.ipfix().forEach(row -> to.add(row.known()))),
    IPFIX_MESSAGES(
            "weir_ipfix_messages_total",
            MeterKind.COUNTER,
            "",
            "Messages that were sent to the collector.",
            List.of(),
            "1, where flows are exported",
            MeterBegan.UNTOLD,
            (from, to) -> from.ipfix().forEach(row -> to.add(row.messages()))),
    IPFIX_BYTES(
            "weir_ipfix_bytes_total",
            MeterKind.COUNTER,
            "bytes",
            "Bytes of these messages.",
            List.of(),
            "1, where flows are exported",
            MeterBegan.UNTOLD,
            (from, to) -> from.ipfix().forEach(row -> to.add(row.bytes()))),
    IPFIX_CONNECTS(
            "weir_ipfix_connects_total",
            MeterKind.COUNTER,
            "",
            "Sessions with the collector that were opened.",
            List.of(),
            "1, where flows are exported",
            MeterBegan.UNTOLD,
            (from, to) -> from.ipfix().forEach(row -> to.add(row.connects()))),
    IPFIX_ERRORS(
            "weir_ipfix_errors_total",
            MeterKind.COUNTER,
            "",
            "Sessions with the collector that failed, or could not be opened.",
            List.of(),
            "1, where flows are exported",
            MeterBegan.UNTOLD,
            (from, to) -> from.ipfix().forEach(row -> to.add(row.errors()))),
    BUILD_INFO(
            "weir_build_info",
            MeterKind.INFO,
            "",
            "Always 1; the labels say which Weir this is.",
            List.of("version", "java"),
            "1",
            MeterBegan.UNTOLD,
            (from, to) -> to.add(1, from.build().version(), from.build().java()));

    private final String text;
    private final MeterKind kind;
    private final String unit;
    private final String help;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> labels;

    private final String series;
    private final MeterBegan began;

    @SuppressWarnings("ImmutableEnumChecker") // a lambda that captures nothing
    private final BiConsumer<MeterSnapshot, Exposition> rows;

    WeirMeter(
            String text,
            MeterKind kind,
            String unit,
            String help,
            List<String> labels,
            String series,
            MeterBegan began,
            BiConsumer<MeterSnapshot, Exposition> rows) {
        this.text = text;
        this.kind = kind;
        this.unit = unit;
        this.help = help;
        this.labels = labels;
        this.series = series;
        this.began = began;
        this.rows = rows;
    }

    /// The name as users see and query it.
    public String text() {
        return text;
    }

    public MeterKind kind() {
        return kind;
    }

    /// Of the value, as the name ends in it; empty: a plain number.
    public String unit() {
        return unit;
    }

    public String help() {
        return help;
    }

    public List<String> labels() {
        return labels;
    }

    /// How many series it has at most, in words.
    public String series() {
        return series;
    }

    /// Since when its series count, as `_created` tells in OpenMetrics.
    public MeterBegan began() {
        return began;
    }

    /// Hands every series of this meter in `snapshot` to `out`.
    void read(MeterSnapshot snapshot, Exposition out) {
        rows.accept(snapshot, out);
    }
}
