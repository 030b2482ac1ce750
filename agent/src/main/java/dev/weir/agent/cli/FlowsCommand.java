// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.Direction;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.FlowChanges;
import dev.weir.agent.view.FlowPage;
import dev.weir.agent.view.FlowQuery;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.Units;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `weir flows`.
@Command(name = "flows", description = "Live flows with bytes, packets, age, verdict and rule.")
final class FlowsCommand extends TrafficVerb {
    @Option(
            names = "--sort",
            paramLabel = "ORDER",
            description =
                    "What comes first, the most of: bytes, packets, age, recent; or none: as they come. Bytes when absent.")
    @Nullable
    String sort;

    @Option(
            names = "--follow",
            description = "Go on with what changes of them, each second, until interrupted; as JSON, a row a line.")
    boolean follow;

    FlowsCommand(Wiring wiring) {
        super(wiring);
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException, InterruptedException {
        Query asked = given().put("sort", sort);
        if (follow) {
            read("flows", asked, FlowQuery::parseStream);
            Table table = flowTable("CHANGE", "NAMESPACE");
            new Follower(agent, out(), err())
                    .follow("flows", asked.target("/api/v1/flows/stream"), message -> show(message, table));
            return ExitCode.OK;
        }
        FlowQuery query = read("flows", asked, FlowQuery::parse);
        FlowPage page = agent.ask(asked.target("/api/v1/flows"), FlowPage.class, pins -> pins.flows(query), err());
        Table table = flowTable("NAMESPACE");
        page.flows().forEach(flow -> table.add(cells(flow).toArray()));
        print(page, page.flows(), table);
        if (page.nextCursor() != null && output.form != RowsOption.Form.JSON) {
            err().println("weir: " + page.flows().size() + " of " + page.matched()
                    + " flows; go on with a larger --limit, or with --cursor " + page.nextCursor());
        }
        return ExitCode.OK;
    }

    /// A flow of a stream, and what became of it.
    record Change(String change, Instant at, FlowView flow) {}

    private void show(EventSource.Message message, Table table) throws IOException {
        FlowChanges changes = Json.read(message.data(), FlowChanges.class);
        List<Change> rows = new ArrayList<>();
        changes.closed().forEach(flow -> rows.add(new Change("closed", changes.at(), flow)));
        changes.passed().forEach(flow -> rows.add(new Change("passed", changes.at(), flow)));
        changes.opened().forEach(flow -> rows.add(new Change("opened", changes.at(), flow)));
        changes.updated().forEach(flow -> rows.add(new Change("updated", changes.at(), flow)));
        for (Change row : rows) {
            List<Object> cells = cells(row.flow());
            cells.addFirst(row.change());
            table.add(cells.toArray());
        }
        printRows(rows, table);
    }

    private Table flowTable(String... first) {
        List<String> heading = new ArrayList<>(List.of(first));
        heading.addAll(List.of(
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
                "STATE"));
        return table(heading.toArray(String[]::new));
    }

    private static List<Object> cells(FlowView flow) {
        return new ArrayList<>(List.of(
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
                flow.state().toString()));
    }

    /// Points to who did not open the flow, from the inside to the outside.
    static String arrow(Direction direction) {
        return direction == Direction.EGRESS ? "->" : "<-";
    }
}
