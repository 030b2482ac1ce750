// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.view.BadQuery;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.Verdict;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Style;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// A verb that asks for a page of flows or events; its options that filter come from [Filters].
abstract sealed class TrafficVerb extends Verb permits FlowsCommand, EventsCommand {
    @Mixin
    AgentOptions agent;

    @Mixin
    RowsOption output = new RowsOption();

    @Option(names = "--limit", paramLabel = "COUNT", description = "How many at most, up to 10000; 100 when absent.")
    @Nullable
    String limit;

    @Option(
            names = "--cursor",
            paramLabel = "CURSOR",
            description = "Go on after the page that ended with this cursor.")
    @Nullable
    String cursor;

    TrafficVerb(Wiring wiring) {
        this.agent = new AgentOptions(wiring);
    }

    /// How a page's query is read from its parameters.
    interface Reader<T> {
        T parse(Map<String, List<String>> parameters) throws BadQuery;
    }

    /// What was given on the command line.
    final Query given() {
        Query query = new Query();
        Filters.put(spec(), query);
        return query.put("limit", limit).put("cursor", cursor);
    }

    /// @throws CommandFailure that names the verb and all that is wrong
    static <T> T read(String verb, Query query, Reader<T> reader) throws CommandFailure {
        try {
            return reader.parse(query.parameters());
        } catch (BadQuery e) {
            String said = verb + ": " + String.join("\nweir: " + verb + ": ", e.problems());
            throw new CommandFailure(ExitCode.USAGE, said, e);
        }
    }

    /// Prints an answer as `--output` asks.
    final void print(Object page, List<?> rows, Table table) {
        if (output.form == RowsOption.Form.JSON) {
            out().println(Json.pretty(page));
            out().flush();
        } else {
            printRows(rows, table);
        }
    }

    /// Prints rows that more may follow: as JSON, a row a line.
    final void printRows(List<?> rows, Table table) {
        if (output.form == RowsOption.Form.TABLE) {
            table.print(out());
        } else {
            rows.forEach(row -> out().println(Json.line(row)));
        }
        out().flush();
    }

    /// A table in which verdicts stand out where this is a terminal that shows colours.
    final Table table(String... heading) {
        Table table = new Table(heading);
        Ansi ansi = spec().commandLine().getColorScheme().ansi();
        return ansi.enabled() ? table.painting("VERDICT", TrafficVerb::painted) : table;
    }

    private static String painted(String cell) {
        String verdict = cell.strip();
        Style style = verdict.equals(Verdict.DENY.word()) || verdict.equals(Verdict.REJECT.word())
                ? Style.fg_red
                : verdict.equals(Verdict.AUDIT.word()) ? Style.fg_yellow : null;
        return style == null ? cell : style.on() + cell + style.off();
    }
}
