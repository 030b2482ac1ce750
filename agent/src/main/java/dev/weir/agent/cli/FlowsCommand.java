// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.Direction;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.FlowPage;
import dev.weir.agent.view.FlowQuery;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.Units;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `weir flows`.
@Command(name = "flows", description = "Live flows with bytes, packets, age, verdict and rule.")
final class FlowsCommand extends TrafficVerb {
    @Option(
            names = "--sort",
            paramLabel = "ORDER",
            description = "What comes first, the most of: bytes, packets, age, recent; bytes when absent.")
    @Nullable
    String sort;

    FlowsCommand(Wiring wiring) {
        super(wiring);
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException {
        Map<String, List<String>> parameters = traffic.parameters();
        if (sort != null) {
            parameters.put("sort", List.of(sort));
        }
        FlowQuery query = query("flows", parameters, FlowQuery::parse);
        FlowPage page = agent.ask(
                TrafficOptions.target("/api/v1/flows", parameters), FlowPage.class, pins -> pins.flows(query), err());
        if (output.isJson()) {
            out().println(Json.pretty(page));
        } else {
            print(page);
        }
        return ExitCode.OK;
    }

    private void print(FlowPage page) {
        Table table = new Table(
                "NAMESPACE",
                "INSIDE",
                "",
                "OUTSIDE",
                "SERVICE",
                "VERDICT",
                "POLICY",
                "RULE",
                "PACKETS>",
                "BYTES>",
                "AGE>",
                "STATE");
        for (FlowView flow : page.flows()) {
            table.add(
                    flow.namespace(),
                    Units.endpoint(flow.insideAddress(), flow.insidePort()),
                    arrow(flow.direction()),
                    Units.endpoint(flow.outsideAddress(), flow.outsidePort()),
                    flow.service(),
                    flow.verdict().word(),
                    flow.policy(),
                    flow.rule(),
                    Units.count(flow.packets()),
                    Units.bytes(flow.bytes()),
                    Units.age(flow.ageSeconds()),
                    flow.state().toString());
        }
        table.print(out());
        if (page.nextCursor() != null) {
            err().println("weir: " + page.flows().size() + " of " + page.matched()
                    + " flows; go on with a larger --limit, or with --cursor " + page.nextCursor());
        }
    }

    /// Points to who did not open the flow, from the inside to the outside.
    static String arrow(Direction direction) {
        return direction == Direction.EGRESS ? "->" : "<-";
    }
}
