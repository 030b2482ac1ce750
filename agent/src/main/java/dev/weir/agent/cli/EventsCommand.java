// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.EventQuery;
import dev.weir.agent.view.EventView;
import dev.weir.agent.view.Json;
import java.io.IOException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `weir events`.
@Command(
        name = "events",
        description = "The latest drops, flows that rules log, and what happened to the agent; the newest last.")
final class EventsCommand extends TrafficVerb {
    @Option(
            names = "--follow",
            description = "Go on with what happens from now on, until interrupted; as JSON, a row a line.")
    boolean follow;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Only those since then: 2026-01-02T03:04:05Z, or how long ago, such as 30s, 5m, 2h.")
    @Nullable
    String since;

    EventsCommand(Wiring wiring) {
        super(wiring);
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException, InterruptedException {
        Query asked = given().put("since", since);
        Table table = eventTable();
        if (follow) {
            read("events", asked, parameters -> EventQuery.parseStream(parameters, null));
            new Follower(agent, out(), err())
                    .follow("events", asked.target("/api/v1/events/stream"), message -> show(message, table));
            return ExitCode.OK;
        }
        EventQuery query = read("events", asked, EventQuery::parse);
        EventPage page = agent.ask(asked.target("/api/v1/events"), EventPage.class, pins -> pins.events(query), err());
        page.events().forEach(event -> add(table, event));
        print(page, page.events(), table);
        return ExitCode.OK;
    }

    private void show(EventSource.Message message, Table table) throws IOException {
        if (message.type().equals("lost")) {
            err().println("weir: " + Json.read(message.data(), Lost.class).events()
                    + " events came faster than they were read");
            err().flush();
            return;
        }
        EventView event = Json.read(message.data(), EventView.class);
        add(table, event);
        printRows(List.of(event), table);
    }

    /// What a stream says of events that it could not keep.
    record Lost(long events) {}

    private Table eventTable() {
        return table(
                "TIME", "NAMESPACE", "INSIDE", "", "OUTSIDE", "SERVICE", "VERDICT", "BY", "WHERE", "PACKETS>", "NOTE");
    }

    private static void add(Table table, EventView event) {
        String time = event.at().truncatedTo(ChronoUnit.MILLIS).toString();
        EventView.Packet packet = event.packet();
        if (packet == null) {
            table.add(time, "", "", "", "", "", "agent", "", "", "", text(event.text()));
            return;
        }
        table.add(
                time,
                packet.namespace(),
                endpoint(packet.insideAddress(), packet.insidePort()),
                FlowsCommand.arrow(packet.direction()),
                endpoint(packet.outsideAddress(), packet.outsidePort()),
                text(packet.service()),
                packet.verdict().word(),
                packet.by(),
                packet.where(),
                Units.count(packet.packets()),
                event.lost() == 0 ? "" : Units.count(event.lost()) + " more before it");
    }

    private static String endpoint(@Nullable IpAddress address, int port) {
        return address == null ? "" : FlowsCommand.endpoint(address, port);
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }
}
