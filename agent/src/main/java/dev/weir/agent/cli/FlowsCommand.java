// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.FlowPage;
import dev.weir.agent.view.FlowQuery;
import dev.weir.agent.view.FlowView;
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
        Query asked = given().put("sort", sort);
        FlowQuery query = read("flows", asked, FlowQuery::parse);
        FlowPage page = agent.ask(asked.target("/api/v1/flows"), FlowPage.class, pins -> pins.flows(query), err());
        Table table = flowTable();
        page.flows().forEach(flow -> add(table, flow));
        print(page, page.flows(), table);
        if (page.nextCursor() != null && output.form != RowsOption.Form.JSON) {
            err().println("weir: " + page.flows().size() + " of " + page.matched()
                    + " flows; go on with a larger --limit, or with --cursor " + page.nextCursor());
        }
        return ExitCode.OK;
    }

    private Table flowTable() {
        return table(
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
    }

    private static void add(Table table, FlowView flow) {
        table.add(
                flow.namespace(),
                endpoint(flow.insideAddress(), flow.insidePort()),
                arrow(flow.direction()),
                endpoint(flow.outsideAddress(), flow.outsidePort()),
                flow.service(),
                flow.verdict().word(),
                flow.policy(),
                flow.rule(),
                Units.count(flow.packets()),
                Units.bytes(flow.bytes()),
                Units.age(flow.ageSeconds()),
                flow.state().toString());
    }

    /// Points to who did not open the flow, from the inside to the outside.
    static String arrow(Direction direction) {
        return direction == Direction.EGRESS ? "->" : "<-";
    }

    static String endpoint(IpAddress address, int port) {
        return (address.isV4() ? address.toString() : "[" + address + "]") + ":" + port;
    }
}
