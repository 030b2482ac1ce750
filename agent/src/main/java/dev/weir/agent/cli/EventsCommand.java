// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.EventQuery;
import dev.weir.agent.view.EventView;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.Units;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
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

    EventsCommand(Wiring wiring) {
        super(wiring);
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException, InterruptedException {
        Map<String, List<String>> parameters = traffic.parameters();
        EventPage page = page(parameters);
        print(page, true);
        while (follow) {
            if (page.events().size() < query(parameters).limit()) {
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS); // between two questions to a server that does not call back
            }
            parameters.put("cursor", List.of(Long.toString(page.nextCursor())));
            page = page(parameters);
            if (page.forgotten() > 0) {
                err().println("weir: " + page.forgotten() + " events came faster than they were asked for");
            }
            print(page, false);
        }
        return ExitCode.OK;
    }

    private static EventQuery query(Map<String, List<String>> parameters) throws CommandFailure {
        return query("events", parameters, EventQuery::parse);
    }

    private EventPage page(Map<String, List<String>> parameters) throws CommandFailure, ConfigException {
        EventQuery query = query(parameters);
        EventPage page = agent.ask(
                TrafficOptions.target("/api/v1/events", parameters),
                EventPage.class,
                pins -> pins.events(query),
                err());
        if (follow && agent.askedPins()) {
            throw new CommandFailure(ExitCode.FAILED, "events: no agent runs, so there is nothing to follow");
        }
        return page;
    }

    private void print(EventPage page, boolean headed) {
        if (output.isJson()) {
            if (follow) {
                page.events().forEach(event -> out().println(Json.line(event)));
            } else {
                out().println(Json.pretty(page));
            }
        } else {
            table(page).print(out(), headed);
        }
        out().flush();
    }

    private static Table table(EventPage page) {
        Table table = new Table(
                "TIME", "NAMESPACE", "INSIDE", "", "OUTSIDE", "SERVICE", "VERDICT", "BY", "WHERE", "PACKETS>", "NOTE");
        for (EventView event : page.events()) {
            String time = event.at().truncatedTo(ChronoUnit.MILLIS).toString();
            EventView.Packet packet = event.packet();
            if (packet == null) {
                table.add(time, "", "", "", "", "", "agent", "", "", "", text(event.text()));
            } else {
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
        }
        return table;
    }

    private static String endpoint(@Nullable IpAddress address, int port) {
        return address == null ? "" : Units.endpoint(address, port);
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }
}
