// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.FlowPage;
import dev.weir.agent.view.FlowQuery;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.Json;
import java.net.URLEncoder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `weir flows`.
@Command(name = "flows", description = "Live flows with bytes, packets, age, verdict and rule.")
final class FlowsCommand extends Verb {
    @Mixin
    AgentOptions agent;

    @Mixin
    OutputOption output = new OutputOption();

    @Option(names = "--namespace", paramLabel = "GLOB", description = "Only flows of these namespaces.")
    @Nullable
    String namespace;

    @Option(names = "--peer", paramLabel = "CIDR", description = "Only flows with an outside address in here.")
    @Nullable
    String peer;

    @Option(
            names = "--service",
            paramLabel = "SERVICE",
            description = "Only this service: tcp, tcp/443, udp/8000-8099, icmp/8.")
    @Nullable
    String service;

    @Option(
            names = "--verdict",
            paramLabel = "VERDICT",
            description = "Only flows with this verdict: allow, deny, reject, audit.")
    @Nullable
    String verdict;

    @Option(
            names = "--sort",
            paramLabel = "ORDER",
            description = "What comes first, the most of: bytes, packets, age, recent; bytes when absent.")
    @Nullable
    String sort;

    @Option(
            names = "--limit",
            paramLabel = "COUNT",
            description = "How many flows at most, up to " + FlowQuery.MAX_LIMIT + "; " + FlowQuery.DEFAULT_LIMIT
                    + " when absent.")
    @Nullable
    String limit;

    @Option(
            names = "--cursor",
            paramLabel = "CURSOR",
            description = "Go on after the page that ended with this cursor.")
    @Nullable
    String cursor;

    FlowsCommand(Wiring wiring) {
        this.agent = new AgentOptions(wiring);
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException {
        Map<String, List<String>> parameters = parameters();
        FlowQuery query;
        try {
            query = FlowQuery.parse(parameters);
        } catch (FlowQuery.BadQuery e) {
            throw new CommandFailure(ExitCode.USAGE, "flows: " + String.join("\nweir: flows: ", e.problems()), e);
        }
        FlowPage page = agent.ask(target(parameters), FlowPage.class, pins -> pins.flows(query), err());
        if (output.isJson()) {
            out().println(Json.pretty(page));
        } else {
            print(page);
        }
        return ExitCode.OK;
    }

    private Map<String, List<String>> parameters() {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        put(parameters, "namespace", namespace);
        put(parameters, "peer", peer);
        put(parameters, "service", service);
        put(parameters, "verdict", verdict);
        put(parameters, "sort", sort);
        put(parameters, "limit", limit);
        put(parameters, "cursor", cursor);
        return parameters;
    }

    private static void put(Map<String, List<String>> parameters, String name, @Nullable String value) {
        if (value != null) {
            parameters.put(name, List.of(value));
        }
    }

    /// What to ask an agent with these parameters.
    static String target(Map<String, List<String>> parameters) {
        String query = parameters.entrySet().stream()
                .map(each ->
                        each.getKey() + "=" + URLEncoder.encode(each.getValue().getFirst(), UTF_8))
                .collect(Collectors.joining("&"));
        return "/api/v1/flows" + (query.isEmpty() ? "" : "?" + query);
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

    static String endpoint(IpAddress address, int port) {
        return (address.isV4() ? address.toString() : "[" + address + "]") + ":" + port;
    }
}
