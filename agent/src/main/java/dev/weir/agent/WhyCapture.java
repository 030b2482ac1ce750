// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.abi.Answer;
import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Wiring.Asker.CaptureQuestion;
import dev.weir.agent.view.CaptureView;
import dev.weir.agent.view.Judgement;
import dev.weir.agent.why.Capture;
import dev.weir.agent.why.PcapReader;
import dev.weir.policy.Target;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Asks about each packet of a capture, up to a limit.
final class WhyCapture {
    private static final String FOREIGN = "not of this namespace";

    private final WhyTarget target;
    private final CaptureQuestion question;
    private final Set<IpAddress> held;
    private final List<CaptureView.Packet> packets = new ArrayList<>();
    private final Map<String, Integer> summary = new LinkedHashMap<>();
    private int padded;
    private int shortened;

    WhyCapture(WhyTarget target, CaptureQuestion question) {
        this.target = target;
        this.question = question;
        this.held = target.endpoints().held(target.endpoint());
    }

    CaptureView replay(InputStream in) throws CommandFailure {
        if (question.direction() == null && target.endpoint().namespaceName().startsWith(Target.DEVICE_PREFIX)) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "why: no namespace lies behind " + target.device()
                            + ", so addresses do not tell the direction; say --direction egress for what came in from"
                            + " it, ingress for what was sent into it");
        }
        PcapReader reader;
        try {
            reader = PcapReader.open(in);
        } catch (PcapReader.BadCapture e) {
            throw new CommandFailure(ExitCode.USAGE, "read the capture: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.FAILED, "read the capture: " + e.getMessage(), e);
        }
        boolean more = false;
        String error = null;
        try {
            Optional<PcapReader.Packet> packet = reader.next();
            while (packet.isPresent() && packets.size() < question.limit()) {
                packets.add(judge(packet.get()));
                packet = reader.next();
            }
            more = packet.isPresent();
        } catch (PcapReader.BadCapture | IOException e) {
            error = "read the capture: " + e.getMessage();
        }
        return new CaptureView(
                target.endpoint().namespaceName(),
                target.device(),
                packets,
                summary,
                padded,
                shortened,
                more,
                error,
                target.notes());
    }

    private CaptureView.Packet judge(PcapReader.Packet packet) {
        Capture capture = Capture.of(packet);
        Optional<Direction> direction =
                Optional.ofNullable(question.direction()).or(() -> capture.direction(held));
        if (capture.frame().isEmpty()) {
            return row(packet, capture, direction, null, capture.problem().orElse(FOREIGN));
        }
        if (direction.isEmpty()) {
            return row(packet, capture, direction, null, FOREIGN);
        }
        Answer answer = target.ask(direction.get(), capture.frame().get());
        padded += capture.padded() ? 1 : 0;
        shortened += capture.shortened() ? 1 : 0;
        return row(packet, capture, direction, target.judgement(answer), null);
    }

    private CaptureView.Packet row(
            PcapReader.Packet packet,
            Capture capture,
            Optional<Direction> direction,
            @Nullable Judgement judgement,
            @Nullable String skipped) {
        summary.merge(word(judgement, skipped), 1, Integer::sum);
        return new CaptureView.Packet(
                packet.number(),
                packet.time(),
                capture.protocol(),
                capture.source().orElse(null),
                capture.sourcePort().orElse(null),
                capture.destination().orElse(null),
                capture.destinationPort().orElse(null),
                direction.orElse(null),
                judgement,
                skipped);
    }

    private static String word(@Nullable Judgement judgement, @Nullable String skipped) {
        if (judgement != null) {
            return judgement.verdict().word();
        }
        return skipped == null ? "-" : skipped;
    }
}
