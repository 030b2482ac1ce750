// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.EventQuery;
import dev.weir.agent.view.EventView;
import dev.weir.agent.view.Json;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `weir events`.
@Command(
        name = "events",
        description = "The latest drops, flows that rules log, and what happened to the agent; the newest last.")
final class EventsCommand extends TrafficVerb {
    private static final long PAUSE_MILLIS = 500;

    @Option(
            names = "--follow",
            description = "Go on with what happens from now on, until interrupted; as JSON, an event a line.")
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
        EventPage page = page(asked);
        print(page, table);
        while (follow) {
            if (page.events().size() < query(asked).limit()) {
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS); // between two questions to a server that does not call back
            }
            asked.put("cursor", Long.toString(page.nextCursor()));
            page = page(asked);
            if (page.forgotten() > 0) {
                err().println("weir: " + page.forgotten() + " events came faster than they were asked for");
            }
            print(page, table);
        }
        return ExitCode.OK;
    }

    private static EventQuery query(Query asked) throws CommandFailure {
        return read("events", asked, EventQuery::parse);
    }

    private EventPage page(Query asked) throws CommandFailure, ConfigException {
        EventQuery query = query(asked);
        EventPage page = agent.ask(asked.target("/api/v1/events"), EventPage.class, pins -> pins.events(query), err());
        if (follow && agent.askedPins()) {
            throw new CommandFailure(ExitCode.FAILED, "events: no agent runs, so there is nothing to follow");
        }
        return page;
    }

    private void print(EventPage page, Table table) {
        page.events().forEach(event -> add(table, event));
        if (follow && output.form == RowsOption.Form.JSON) {
            page.events().forEach(event -> out().println(Json.line(event)));
        } else {
            print(page, page.events(), table);
        }
        out().flush();
    }

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
