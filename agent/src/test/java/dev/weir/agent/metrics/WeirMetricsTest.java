// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

import static dev.weir.agent.Golden.assertGolden;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.agent.metrics.WeirMetrics.Format;
import dev.weir.agent.view.Build;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.MeterTally;
import dev.weir.agent.view.SampleView;
import dev.weir.agent.view.Verdict;
import io.micrometer.core.instrument.Counter;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class WeirMetricsTest {
    private final SampleView view = new SampleView();
    private final WeirMetrics metrics = new WeirMetrics(view);

    /// The names of section 6 of the specification that this version has, and those that it adds.
    @Test
    void metersAreThoseOfTheSpecification() {
        Set<String> specified = Set.of(
                "weir_packets_total{namespace, direction, verdict}",
                "weir_bytes_total{namespace, direction, verdict}",
                "weir_drops_total{namespace, direction, reason}",
                "weir_rule_packets_total{namespace, direction, policy, rule, action}",
                "weir_rule_bytes_total{namespace, direction, policy, rule, action}",
                "weir_flows{namespace}",
                "weir_flows_opened_total{namespace}",
                "weir_flows_closed_total{namespace}",
                "weir_flows_untracked_total{namespace}",
                "weir_tcp_handshake_seconds{namespace, direction}",
                "weir_peer_bytes_total{namespace, peer, direction}",
                "weir_address_claims_refused_total{namespace}",
                "weir_policy_generation{}",
                "weir_policy_outdated{}",
                "weir_policy_reloads_total{result}",
                "weir_policy_reload_seconds{}",
                "weir_policy_last_applied_timestamp_seconds{}",
                "weir_device_attached{namespace, device, hook}",
                "weir_device_drift{namespace, device, hook}",
                "weir_interface_packets_total{namespace, device, direction}",
                "weir_interface_bytes_total{namespace, device, direction}",
                "weir_interface_drops_total{namespace, device, direction}",
                "weir_qdisc_backlog_bytes{namespace, device, direction}",
                "weir_qdisc_drops_total{namespace, device, direction}",
                "weir_events_lost_total{namespace}",
                "weir_ipfix_records_total{}",
                "weir_ipfix_records_lost_total{}",
                "weir_ipfix_records_postponed_total{}",
                "weir_ipfix_flows_known{}",
                "weir_ipfix_messages_total{}",
                "weir_ipfix_bytes_total{}",
                "weir_ipfix_connects_total{}",
                "weir_ipfix_errors_total{}",
                "weir_map_entries{map}",
                "weir_map_capacity{map}",
                "weir_build_info{version, java}");

        assertEquals(
                new TreeSet<>(specified),
                Arrays.stream(WeirMeter.values())
                        .map(meter -> meter.text() + "{" + String.join(", ", meter.labels()) + "}")
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void everyMeterHasASeriesUnderItsOwnName() {
        String text = scrape();

        for (WeirMeter meter : WeirMeter.values()) {
            boolean counts = Set.of(MeterKind.SUMMARY, MeterKind.HISTOGRAM).contains(meter.kind());
            String sample = counts ? meter.text() + "_count" : meter.text();
            assertTrue(
                    text.lines().anyMatch(line -> line.startsWith(sample + "{") || line.startsWith(sample + " ")),
                    meter + " is missing in\n" + text);
            assertTrue(text.contains("# HELP " + meter.text() + " " + meter.help() + "\n"), meter.name());
        }
    }

    @Test
    void prometheusTextIsAsRecorded() throws Exception {
        assertGolden("metrics.txt", ofWeir(scrape()));
    }

    @Test
    void openMetricsTextIsAsRecorded() throws Exception {
        Format format = Format.accepted("application/openmetrics-text;version=1.0.0,text/plain;q=0.5");

        String text = ScrapedText.of(metrics, format);
        assertGolden("metrics.openmetrics.txt", ofWeir(text));
        assertTrue(text.endsWith("\n# EOF\n"), text);
    }

    @Test
    void seriesOfAVanishedNamespaceGoAndOthersKeepCounting() {
        view.meters = () -> rules(rule("blue", 5), rule("red", 7));
        assertTrue(scrape().contains(packets("blue", 5)) && scrape().contains(packets("red", 7)));

        view.meters = () -> rules(rule("blue", 6));

        String after = scrape();
        assertFalse(after.contains("red"), after);
        assertTrue(after.contains(packets("blue", 6)), after);
    }

    @Test
    void labelValuesCannotForgeLines() {
        view.meters = () -> rules(rule("a\"} 1\nweir_forged 1\\ü", 5));

        assertTrue(scrape().contains("namespace=\"a\\\"} 1\\nweir_forged 1\\\\ü\""), scrape());
        assertFalse(scrape().lines().anyMatch(line -> line.startsWith("weir_forged")));
    }

    @Test
    void whoAsksDuringAScrapeSharesIt() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger snapshots = new AtomicInteger();
        view.meters = () -> {
            snapshots.incrementAndGet();
            inside.countDown();
            try {
                assertTrue(release.await(10, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return SampleView.sampleMeters();
        };
        try (ExecutorService scrapers = Executors.newCachedThreadPool()) {
            Future<ByteBuf> first = scrapers.submit(() -> metrics.scrape(Format.PROMETHEUS));
            assertTrue(inside.await(10, TimeUnit.SECONDS));
            List<Thread> waiting = new ArrayList<>();
            List<ByteBuf> answers = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < 3; i++) {
                waiting.add(Thread.ofPlatform().start(() -> answers.add(metrics.scrape(Format.PROMETHEUS))));
            }
            while (waiting.stream().anyMatch(thread -> thread.getState() != Thread.State.WAITING)) {
                Thread.onSpinWait();
            }
            release.countDown();
            for (Thread thread : waiting) {
                thread.join();
            }

            assertEquals(1, snapshots.get());
            assertEquals(3, answers.size());
            for (ByteBuf answer : answers) {
                assertEquals(first.get().toString(UTF_8), answer.toString(UTF_8));
                answer.release();
            }
            assertTrue(first.get().release(), "somebody kept the text");
        }
    }

    @Test
    void failedSnapshotFailsItsScrapeOnly() {
        view.meters = () -> {
            throw new IllegalStateException("map is gone");
        };
        assertThrows(RuntimeException.class, () -> metrics.scrape(Format.PROMETHEUS));

        view.meters = SampleView::sampleMeters;
        assertTrue(scrape().contains("weir_policy_generation 3\n"));
    }

    @Test
    void agentsOwnMetersFollow() {
        Counter.builder("weir.example").register(metrics.registry()).increment(2);

        assertTrue(scrape().contains("\nweir_example_total 2.0\n"), scrape());
        assertTrue(scrape().contains("\njvm_memory_used_bytes{"), scrape());
        assertTrue(scrape().contains("\nprocess_files_open_files "), scrape());
    }

    /// The part of the text that [WeirMeter] declares.
    private static String ofWeir(String text) {
        return text.lines().filter(line -> line.contains("weir_")).collect(Collectors.joining("\n", "", "\n"));
    }

    private String scrape() {
        return ScrapedText.of(metrics, Format.PROMETHEUS);
    }

    private static String packets(String namespace, long value) {
        return "weir_rule_packets_total{namespace=\"" + namespace
                + "\",direction=\"egress\",policy=\"web\",rule=\"#1\",action=\"allow\"} " + value + "\n";
    }

    private static MeterSnapshot.Rule rule(String namespace, long packets) {
        return new MeterSnapshot.Rule(namespace, Direction.EGRESS, "web", "#1", Verdict.ALLOW, packets, 100 * packets);
    }

    private static MeterSnapshot rules(MeterSnapshot.Rule... rules) {
        return new MeterSnapshot(
                new MeterTally(),
                List.of(rules),
                List.of(),
                List.of(),
                new MeterSnapshot.Policy(0, 0, 0, 0, false, null),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                0,
                new Build("0.1.0", "25"));
    }
}
