// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.suggest;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.Units;
import dev.weir.policy.Service;
import dev.weir.policy.Target;
import dev.weir.policy.yaml.ExactService;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/// A policy under which what was seen passes and nothing else does, as text for a person to read and to change. The
/// same observation always gives the same text.
public final class Suggestion {
    /// More addresses in one rule are a set.
    private static final int MAX_INLINE = 8;

    /// More kinds of denied traffic are only counted.
    private static final int MAX_DENIED = 50;

    private final Request request;
    private final SortedMap<Opening, Evidence> allowed;
    private final SortedMap<Opening, Long> denied;
    private final PolicyWriter out = new PolicyWriter();
    private final Map<List<String>, String> sets = new LinkedHashMap<>();

    /// What is asked for.
    ///
    /// @param namespace whose policy; `device:NAME` for what lies behind a device
    /// @param policy what it is to be called
    /// @param anyAbove how many addresses a service may have before it is allowed for any
    public record Request(String namespace, String policy, long anyAbove) {}

    private Suggestion(Request request, Observation seen) {
        this.request = request;
        this.allowed = seen.passed(request.anyAbove);
        this.denied = seen.denied(allowed);
    }

    /// The text of a policy file.
    ///
    /// @param seen something that passes, at least
    /// @param inForce the policies that hold for the namespace now
    public static String text(Request request, Observation seen, List<String> inForce) {
        return new Suggestion(request, seen).write(seen.flows(), inForce);
    }

    private String write(long flows, List<String> inForce) {
        Evidence all = allowed.values().stream().reduce(Evidence::plus).orElseThrow();
        out.comment(
                0,
                "Suggested for %s: allows what its %s did, live between %s and %s, and denies the rest."
                        .formatted(request.namespace, count(flows, "live flow"), time(all.first()), time(all.last())));
        out.comment(0, "What ended before is not in it. `mode: audit` shows what it would deny, and denies nothing.");
        if (!inForce.isEmpty()) {
            out.comment(0, "These policies hold for it now, and may decide first: " + String.join(", ", inForce));
        }
        out.line(0, "policy: " + PolicyWriter.quoted(request.policy)).line(0, "applies-to:");
        if (request.namespace.startsWith(Target.DEVICE_PREFIX)) {
            String device = request.namespace.substring(Target.DEVICE_PREFIX.length());
            out.list(2, "devices", List.of(device.substring(device.indexOf('/') + 1)));
        } else {
            out.list(2, "namespaces", List.of(request.namespace));
        }
        section(Direction.INGRESS, "from");
        section(Direction.EGRESS, "to");
        if (!sets.isEmpty()) {
            out.line(0, "sets:");
            sets.forEach((prefixes, name) -> out.block(2, name, prefixes));
        }
        deniedToo();
        return out.toString();
    }

    private void section(Direction direction, String peers) {
        out.line(0, direction + ":").line(2, "default: deny");
        List<Cover> rules = Cover.of(allowed, direction);
        if (!rules.isEmpty()) {
            out.line(2, "rules:");
        }
        for (Cover rule : rules) {
            out.comment(4, evidence(rule.evidence()));
            out.list(4, "- allow", ServiceList.of(rule.services()));
            PeerList list = PeerList.of(rule.peers());
            List<String> words = new ArrayList<>(list.named());
            if (list.prefixes().size() > MAX_INLINE) {
                words.add("set:" + sets.computeIfAbsent(list.prefixes(), _ -> "addresses-" + (sets.size() + 1)));
            } else {
                words.addAll(list.prefixes());
            }
            if (!words.equals(List.of("any"))) {
                out.list(6, peers, words);
            }
        }
    }

    private static String evidence(Evidence evidence) {
        String text = "%s, %s, %s to %s; %s %s"
                .formatted(
                        count(evidence.flows(), "flow"),
                        Units.bytes(evidence.bytes()),
                        time(evidence.first()),
                        time(evidence.last()),
                        evidence.flows() == 1 ? "it is" : "the largest is",
                        ends(evidence.largest()));
        if (evidence.unanswered() > 0) {
            text += "; " + (evidence.unanswered() == evidence.flows() ? "none" : evidence.unanswered() + " not")
                    + " answered";
        }
        if (evidence.joined() > 0) {
            text += "; the opening of %s was not seen, so that who opened is a guess".formatted(evidence.joined());
        }
        return text;
    }

    /// Who opened the flow, and to whom.
    private static String ends(FlowView flow) {
        boolean ported = Service.hasPorts(ExactService.parse(flow.service()).protocol());
        String inside = end(flow.insideAddress(), flow.insidePort(), ported);
        String outside = end(flow.outsideAddress(), flow.outsidePort(), ported);
        return flow.direction() == Direction.EGRESS ? inside + " -> " + outside : outside + " -> " + inside;
    }

    private static String end(IpAddress address, int port, boolean ported) {
        return ported ? Units.endpoint(address, port) : address.toString();
    }

    private void deniedToo() {
        if (denied.isEmpty()) {
            return;
        }
        out.comment(0, "Denied meanwhile, and not allowed here:");
        denied.entrySet().stream().limit(MAX_DENIED).forEach(each -> {
            Opening opening = each.getKey();
            out.comment(
                    0,
                    "  %s %s %s %s, %s"
                            .formatted(
                                    opening.direction(),
                                    opening.service().named(),
                                    opening.direction() == Direction.EGRESS ? "to" : "from",
                                    opening.peer(),
                                    count(each.getValue(), "packet")));
        });
        if (denied.size() > MAX_DENIED) {
            out.comment(0, "  and %d more kinds of traffic".formatted(denied.size() - MAX_DENIED));
        }
    }

    private static String count(long number, String of) {
        return number + " " + of + (number == 1 ? "" : "s");
    }

    private static Instant time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS);
    }
}
