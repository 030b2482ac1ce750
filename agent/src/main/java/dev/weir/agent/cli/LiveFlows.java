// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.view.AgentView;
import dev.weir.agent.view.FlowPage;
import dev.weir.agent.view.FlowQuery;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.LiveDiffView;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.PoliciesView;
import dev.weir.policy.Target;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Judges all live flows by policies that are not in force, page by page.
final class LiveFlows {
    private final Wiring wiring;
    private final AgentOptions agent;
    private final PrintWriter err;
    private final List<LiveDiffView.Stopped> shown = new ArrayList<>();
    private long cut;
    private long finishing;
    private long kept;

    LiveFlows(Wiring wiring, AgentOptions agent, PrintWriter err) {
        this.wiring = wiring;
        this.agent = agent;
        this.err = err;
    }

    /// @param only whose flows; empty: all
    /// @param limit how many flows to keep for showing
    LiveDiffView judge(WeirConfig config, Path candidate, Optional<Target> only, int limit)
            throws CommandFailure, ConfigException, RefusedPolicies {
        NamespaceView.Listing namespaces = agent.ask(
                "/api/v1/namespaces",
                NamespaceView.Listing.class,
                pins -> new NamespaceView.Listing(pins.namespaces()),
                err);
        PoliciesView inForce = agent.ask("/api/v1/policies", PoliciesView.class, AgentView::policies, err);
        Wiring.FlowJudge judge = wiring.differ().candidate(config, candidate, namespaces.namespaces(), inForce);
        Query query = new Query()
                .put("limit", String.valueOf(FlowQuery.MAX_LIMIT))
                .put("namespace", only.flatMap(Target::namespace).orElse(null));
        FlowPage page;
        do {
            page = page(query);
            for (FlowView flow : page.flows()) {
                if (only.isEmpty() || isOf(only.get(), flow)) {
                    count(flow, judge, limit);
                }
            }
            if (page.nextCursor() != null) {
                query.put("cursor", page.nextCursor());
            }
        } while (page.nextCursor() != null);
        return new LiveDiffView(shown, cut, finishing, kept);
    }

    private static boolean isOf(Target target, FlowView flow) {
        String device = flow.device().substring(flow.device().indexOf('/') + 1); // whatever its vantage
        return target.namespace().isPresent()
                ? target.device().isEmpty() || target.device().equals(device)
                : flow.namespace().startsWith(Target.DEVICE_PREFIX)
                        && target.device().equals(device);
    }

    private FlowPage page(Query asked) throws CommandFailure, ConfigException {
        FlowQuery query = TrafficVerb.read("diff", asked, FlowQuery::parse);
        return agent.ask(asked.target("/api/v1/flows"), FlowPage.class, pins -> pins.flows(query), err);
    }

    private void count(FlowView flow, Wiring.FlowJudge judge, int limit) throws CommandFailure {
        if (!flow.verdict().passes()) {
            return;
        }
        Optional<LiveDiffView.Stopped> stopped = judge.judge(flow);
        if (stopped.isEmpty()) {
            kept++;
            return;
        }
        if (stopped.get().fate() == LiveDiffView.Fate.FINISH) {
            finishing++;
        } else {
            cut++;
        }
        if (shown.size() < limit) {
            shown.add(stopped.get());
        }
    }
}
