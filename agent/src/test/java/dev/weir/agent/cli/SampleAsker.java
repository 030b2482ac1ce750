// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.view.CaptureView;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.ExplanationView;
import dev.weir.agent.view.Judgement;
import dev.weir.agent.view.Verdict;
import dev.weir.agent.view.WhyView;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Answers as a kernel might.
final class SampleAsker implements Wiring.Asker {
    private static final Judgement DENIED =
            new Judgement(Verdict.DENY, DropReason.POLICY, "web", "default", Direction.INGRESS, Judgement.Basis.NEW, 3);
    private static final Judgement CACHED =
            new Judgement(Verdict.ALLOW, null, "web", "http", Direction.INGRESS, Judgement.Basis.CACHED, 3);
    private static final Judgement MALFORMED =
            new Judgement(Verdict.DENY, DropReason.MALFORMED, "", null, null, Judgement.Basis.NEW, 3);

    @Override
    public WhyView ask(WeirConfig config, Question question) {
        return new WhyView(
                String.valueOf(question.namespace()),
                "veth-blue",
                7,
                question.direction(),
                IpAddress.parse("10.0.0.3"),
                question.peer(),
                "red",
                question.service().toString(),
                DENIED,
                new ExplanationView.Place("/etc/weir/policies/web.yaml", 4, 12),
                List.of("blue has 2 devices; this is veth-blue, --device names another"));
    }

    @Override
    public CaptureView replay(WeirConfig config, CaptureQuestion question, InputStream capture) {
        return new CaptureView(
                String.valueOf(question.namespace()),
                "veth-blue",
                List.of(
                        packet(1, "tcp", 40_000, 80, Direction.INGRESS, CACHED, null),
                        packet(2, "udp", 53, 53, Direction.EGRESS, MALFORMED, null),
                        packet(3, "icmp/8/0", null, null, null, null, "not of this namespace")),
                new TreeMap<>(Map.of("allow", 1, "deny", 1, "not of this namespace", 1)),
                1,
                2,
                false,
                "the capture ends inside of packet 4; what came before it is whole",
                List.of());
    }

    private static CaptureView.Packet packet(
            int number,
            String protocol,
            @Nullable Integer sourcePort,
            @Nullable Integer destinationPort,
            @Nullable Direction direction,
            @Nullable Judgement judgement,
            @Nullable String skipped) {
        return new CaptureView.Packet(
                number,
                Instant.ofEpochSecond(1_700_000_000, 123_456_000L * number),
                protocol,
                IpAddress.parse("10.0.0.2"),
                sourcePort,
                IpAddress.parse("10.0.0.3"),
                destinationPort,
                direction,
                judgement,
                skipped);
    }
}
