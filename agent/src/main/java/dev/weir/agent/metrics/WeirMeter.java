// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

import dev.weir.abi.Handshakes;
import dev.weir.agent.view.MeterSnapshot;
import java.util.List;
import java.util.function.BiConsumer;

/// Every meter of Weir: its name, kind, unit, help and labels, and which rows of a snapshot are its series.
/// Adding a constant is all it takes to add a meter; `/metrics` and its test follow.
public enum WeirMeter {
    PACKETS(
            "weir_packets_total",
            Kind.COUNTER,
            "packets",
            "Packets that devices carried, by what became of them.",
            List.of("namespace", "direction", "verdict"),
            (from, to) -> from.outcomes()
                    .forEach(row -> to.add(
                            row.packets(),
                            row.namespace(),
                            row.direction().toString(),
                            row.verdict().word()))),
    BYTES(
            "weir_bytes_total",
            Kind.COUNTER,
            "bytes",
            "Bytes of these packets, as on the wire.",
            List.of("namespace", "direction", "verdict"),
            (from, to) -> from.outcomes()
                    .forEach(row -> to.add(
                            row.bytes(),
                            row.namespace(),
                            row.direction().toString(),
                            row.verdict().word()))),
    DROPS(
            "weir_drops_total",
            Kind.COUNTER,
            "",
            "Packets that were dropped, by reason.",
            List.of("namespace", "direction", "reason"),
            (from, to) -> from.drops()
                    .forEach(row -> to.add(
                            row.packets(),
                            row.namespace(),
                            row.direction().toString(),
                            row.reason().word()))),
    RULE_PACKETS(
            "weir_rule_packets_total",
            Kind.COUNTER,
            "packets",
            "Packets that a rule decided.",
            List.of("namespace", "direction", "policy", "rule", "action"),
            (from, to) -> from.rules().forEach(row -> addRule(to, row, row.packets()))),
    RULE_BYTES(
            "weir_rule_bytes_total",
            Kind.COUNTER,
            "bytes",
            "Bytes of the packets that a rule decided, as on the wire.",
            List.of("namespace", "direction", "policy", "rule", "action"),
            (from, to) -> from.rules().forEach(row -> addRule(to, row, row.bytes()))),
    FLOWS(
            "weir_flows",
            Kind.GAUGE,
            "",
            "Flows that are tracked now.",
            List.of("namespace"),
            (from, to) -> from.flows().forEach(row -> to.add(row.live(), row.namespace()))),
    FLOWS_OPENED(
            "weir_flows_opened_total",
            Kind.COUNTER,
            "",
            "Flows that began to be tracked.",
            List.of("namespace"),
            (from, to) -> from.flows().forEach(row -> to.add(row.opened(), row.namespace()))),
    FLOWS_CLOSED(
            "weir_flows_closed_total",
            Kind.COUNTER,
            "",
            "Flows that ended or stayed idle too long.",
            List.of("namespace"),
            (from, to) -> from.flows().forEach(row -> to.add(row.closed(), row.namespace()))),
    FLOWS_UNTRACKED(
            "weir_flows_untracked_total",
            Kind.COUNTER,
            "",
            "Packets that were judged without a flow, because the namespace's quota or the table was full.",
            List.of("namespace"),
            (from, to) -> from.flows().forEach(row -> to.add(row.untracked(), row.namespace()))),
    TCP_HANDSHAKE(
            "weir_tcp_handshake_seconds",
            Kind.HISTOGRAM,
            "seconds",
            "Time from SYN to the acknowledgement of its answer, as the device saw it, by who opened.",
            List.of("namespace", "direction"),
            (from, to) -> from.handshakes()
                    .forEach(row -> to.addHistogram(
                            row.counts(),
                            Handshakes.FIRST_MICROS,
                            row.micros(),
                            row.namespace(),
                            row.direction().toString()))),
    ADDRESS_CLAIMS_REFUSED(
            "weir_address_claims_refused_total",
            Kind.COUNTER,
            "",
            "Addresses that a namespace claimed and was not granted, since the agent started.",
            List.of("namespace"),
            (from, to) -> from.refusedClaims().forEach(row -> to.add(row.count(), row.namespace()))),
    POLICY_GENERATION(
            "weir_policy_generation",
            Kind.GAUGE,
            "",
            "Generation of the policies in force; grows by one with each change.",
            List.of(),
            (from, to) -> to.add(from.policy().generation())),
    POLICY_RELOADS(
            "weir_policy_reloads_total",
            Kind.COUNTER,
            "",
            "Reloads of the policy directory since the agent started, by result.",
            List.of("result"),
            (from, to) -> {
                to.add(from.policy().applied(), "applied");
                to.add(from.policy().refused(), "refused");
            }),
    POLICY_RELOAD_SECONDS(
            "weir_policy_reload_seconds",
            Kind.SUMMARY,
            "seconds",
            "Time that reloads of the policy directory took.",
            List.of(),
            (from, to) -> to.addTimes(
                    from.policy().applied() + from.policy().refused(),
                    from.policy().reloadNanos())),
    POLICY_LAST_APPLIED(
            "weir_policy_last_applied_timestamp_seconds",
            Kind.GAUGE,
            "seconds",
            "When the policies in force were applied, in Unix time.",
            List.of(),
            (from, to) -> {
                if (from.policy().appliedAt() != null) {
                    to.addTime(from.policy().appliedAt());
                }
            }),
    DEVICE_ATTACHED(
            "weir_device_attached",
            Kind.GAUGE,
            "",
            "1 when the hook of a selected device has its programs, else 0.",
            List.of("namespace", "device", "hook"),
            (from, to) -> from.devices()
                    .forEach(row -> to.add(row.attached() ? 1 : 0, row.namespace(), row.device(), row.hook()))),
    DEVICE_DRIFT(
            "weir_device_drift",
            Kind.GAUGE,
            "",
            "1 when the last check, one a second, found the programs of the hook not as the agent left them, else 0.",
            List.of("namespace", "device", "hook"),
            (from, to) -> from.devices()
                    .forEach(row -> to.add(row.drift() ? 1 : 0, row.namespace(), row.device(), row.hook()))),
    EVENTS_LOST(
            "weir_events_lost_total",
            Kind.COUNTER,
            "",
            "Events that were too many for the namespace, or met a full ring.",
            List.of("namespace"),
            (from, to) -> from.eventsLost().forEach(row -> to.add(row.events(), row.namespace()))),
    MAP_ENTRIES(
            "weir_map_entries",
            Kind.GAUGE,
            "",
            "Entries that a kernel map holds.",
            List.of("map"),
            (from, to) -> from.maps().forEach(row -> to.add(row.entries(), row.name()))),
    MAP_CAPACITY(
            "weir_map_capacity",
            Kind.GAUGE,
            "",
            "Entries that a kernel map can hold.",
            List.of("map"),
            (from, to) -> from.maps().forEach(row -> to.add(row.capacity(), row.name()))),
    IPFIX_RECORDS(
            "weir_ipfix_records_total",
            Kind.COUNTER,
            "",
            "Flow records that were sent to the collector.",
            List.of(),
            (from, to) -> from.ipfix().forEach(row -> to.add(row.records()))),
    IPFIX_RECORDS_LOST(
            "weir_ipfix_records_lost_total",
            Kind.COUNTER,
            "",
            "Flow records that could not be sent, and flows that ended and could not be told.",
            List.of(),
            (from, to) -> from.ipfix().forEach(row -> to.add(row.lost()))),
    IPFIX_RECORDS_POSTPONED(
            "weir_ipfix_records_postponed_total",
            Kind.COUNTER,
            "",
            "Flow records that were put off until the flow ends, because too many flows are known.",
            List.of(),
            (from, to) -> from.ipfix().forEach(row -> to.add(row.postponed()))),
    IPFIX_FLOWS_KNOWN(
            "weir_ipfix_flows_known",
            Kind.GAUGE,
            "",
            "Flows of which it is known what was told.",
            List.of(),
            (from, to) -> from.ipfix().forEach(row -> to.add(row.known()))),
    IPFIX_MESSAGES(
            "weir_ipfix_messages_total",
            Kind.COUNTER,
            "",
            "Messages that were sent to the collector.",
            List.of(),
            (from, to) -> from.ipfix().forEach(row -> to.add(row.messages()))),
    IPFIX_BYTES(
            "weir_ipfix_bytes_total",
            Kind.COUNTER,
            "bytes",
            "Bytes of these messages.",
            List.of(),
            (from, to) -> from.ipfix().forEach(row -> to.add(row.bytes()))),
    IPFIX_CONNECTS(
            "weir_ipfix_connects_total",
            Kind.COUNTER,
            "",
            "Sessions with the collector that were opened.",
            List.of(),
            (from, to) -> from.ipfix().forEach(row -> to.add(row.connects()))),
    IPFIX_ERRORS(
            "weir_ipfix_errors_total",
            Kind.COUNTER,
            "",
            "Sessions with the collector that failed, or could not be opened.",
            List.of(),
            (from, to) -> from.ipfix().forEach(row -> to.add(row.errors()))),
    BUILD_INFO(
            "weir_build_info",
            Kind.INFO,
            "",
            "Always 1; the labels say which Weir this is.",
            List.of("version", "java"),
            (from, to) -> to.add(1, from.build().version(), from.build().java()));

    /// How a meter behaves.
    public enum Kind {
        COUNTER("counter", "_total"),
        GAUGE("gauge", ""),
        /// How often something was done, and how long that took together.
        SUMMARY("summary", ""),
        /// As a summary, and how often it took how long.
        HISTOGRAM("histogram", ""),
        INFO("info", "_info");

        /// What OpenMetrics calls it.
        final String word;

        /// What OpenMetrics takes off the name of a sample to get the name of its family.
        final String suffix;

        Kind(String word, String suffix) {
            this.word = word;
            this.suffix = suffix;
        }
    }

    private final String text;
    private final Kind kind;
    private final String unit;
    private final String help;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> labels;

    @SuppressWarnings("ImmutableEnumChecker") // a lambda that captures nothing
    private final BiConsumer<MeterSnapshot, Exposition> rows;

    WeirMeter(
            String text,
            Kind kind,
            String unit,
            String help,
            List<String> labels,
            BiConsumer<MeterSnapshot, Exposition> rows) {
        this.text = text;
        this.kind = kind;
        this.unit = unit;
        this.help = help;
        this.labels = labels;
        this.rows = rows;
    }

    /// The name as users see and query it.
    public String text() {
        return text;
    }

    public Kind kind() {
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

    /// Hands every series of this meter in `snapshot` to `out`.
    void read(MeterSnapshot snapshot, Exposition out) {
        rows.accept(snapshot, out);
    }

    private static void addRule(Exposition to, MeterSnapshot.Rule row, long value) {
        to.add(
                value,
                row.namespace(),
                row.direction().toString(),
                row.policy(),
                row.rule(),
                row.action().word());
    }
}
