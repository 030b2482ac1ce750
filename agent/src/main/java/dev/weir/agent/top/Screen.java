// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import dev.weir.abi.Direction;
import dev.weir.agent.top.Columns.Cell;
import dev.weir.agent.top.Columns.Column;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.Units;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Lays everything out: a title, the namespaces, the flows, and what the keys are.
final class Screen {
    private static final List<Column> NAMESPACES = List.of(
            new Column("NAMESPACE", 10, false, 0),
            new Column("IN/s", 8, true, 1),
            new Column("OUT/s", 8, true, 2),
            new Column("PKTS/s", 6, true, 4),
            new Column("DENIED/s", 8, true, 3),
            new Column("FLOWS", 5, true, 5));

    private static final List<Column> FLOWS = List.of(
            new Column("NAMESPACE", 14, false, 3),
            new Column("INSIDE", 21, false, 8),
            new Column("", 2, false, 4),
            new Column("OUTSIDE", 15, false, 0),
            new Column("SERVICE", 10, false, 1),
            new Column("VERDICT", 7, false, 5),
            new Column("RULE", 20, false, 7),
            new Column("BYTES/s", 8, true, 2),
            new Column("PKTS/s", 6, true, 6));

    private static final List<String> HELP = List.of(
            "n      namespaces alone, or both again",
            "f      flows alone, or both again",
            "s      sort by the next: bytes/s, packets/s, denied/s, flows",
            "/      only namespaces with this text in their name; Esc: all",
            "p      pause, or go on",
            "arrows, PgUp, PgDn, Home, End   scroll",
            "q      quit",
            "",
            "IN and OUT are bytes that entered and left a namespace, dropped or not.",
            "DENIED counts dropped packets, for whatever reason. Flows are the " + Sample.FLOWS,
            "that a packet was seen of last; -> was opened by the inside, <- by the outside.",
            "",
            "Any key goes back.");

    /// What is drawn.
    ///
    /// @param lines one for each row of the terminal
    /// @param lastOffset how far it could be scrolled
    record Frame(List<Line> lines, int lastOffset) {}

    private final Rates rates;
    private final Controls controls;
    private final int columns;
    private final List<Line> lines = new ArrayList<>();
    private int lastOffset;

    private Screen(Rates rates, Controls controls, int columns) {
        this.rates = rates;
        this.controls = controls;
        this.columns = columns;
    }

    /// @param notice what went wrong, or is to be known; empty: nothing
    static Frame render(Rates rates, Controls controls, String notice, int columns, int rows) {
        return new Screen(rates, controls, columns).frame(notice, rows);
    }

    private Frame frame(String notice, int rows) {
        List<Rates.OfNamespace> namespaces = controls.order().namespaces(rates).stream()
                .filter(each -> controls.admits(each.view()))
                .toList();
        List<Rates.OfFlow> flows = controls.order().flows(rates);
        lines.add(title(namespaces));
        int body = rows - 2;
        if (controls.isHelp()) {
            HELP.stream().limit(Math.max(0, body)).forEach(line -> lines.add(Line.of(line, Line.Style.PLAIN)));
        } else {
            switch (controls.shown()) {
                case NAMESPACES -> table(NAMESPACES, namespaces, Screen::cells, body, true);
                case FLOWS -> table(FLOWS, flows, Screen::cells, body, true);
                case BOTH -> both(namespaces, flows, body);
            }
        }
        while (lines.size() < rows - 1) {
            lines.add(Line.EMPTY);
        }
        lines.add(last(notice));
        return new Frame(
                lines.stream().limit(rows).map(line -> line.cut(columns)).toList(), lastOffset);
    }

    /// The flows get what the namespaces leave, half of it at least.
    private void both(List<Rates.OfNamespace> namespaces, List<Rates.OfFlow> flows, int body) {
        int above = Math.min(namespaces.size() + 1, Math.max(body / 2, body - flows.size() - 2));
        table(NAMESPACES, namespaces, Screen::cells, above, true);
        if (body - above >= 3) {
            lines.add(Line.EMPTY);
            table(FLOWS, flows, Screen::cells, body - above - 1, false);
        }
    }

    /// @param height lines, with the heading
    /// @param scrolled whether it is this table that the keys scroll
    private <T> void table(
            List<Column> wanted, List<T> rows, Function<T, List<Cell>> cells, int height, boolean scrolled) {
        if (height < 2) {
            return;
        }
        int room = height - 1;
        int from = 0;
        if (scrolled) {
            lastOffset = Math.max(0, rows.size() - room);
            from = Math.min(controls.offset(), lastOffset);
        }
        int to = Math.min(rows.size(), from + room);
        Columns table = new Columns(wanted, columns);
        lines.add(table.heading(to - from < rows.size() ? " %d-%d/%d".formatted(from + 1, to, rows.size()) : ""));
        rows.subList(from, to).forEach(row -> lines.add(table.row(cells.apply(row))));
    }

    private Line title(List<Rates.OfNamespace> namespaces) {
        Rates.PerSecond all =
                namespaces.stream().map(Rates.OfNamespace::known).reduce(Rates.PerSecond.NONE, Rates.PerSecond::plus);
        List<String> parts = new ArrayList<>(List.of(
                "weir top",
                namespaces.size() + (namespaces.size() == 1 ? " namespace" : " namespaces"),
                Units.count(rates.flowsInAll()) + (rates.flowsInAll() == 1 ? " flow" : " flows"),
                "in " + bytes(all.bytesIn()),
                "out " + bytes(all.bytesOut()),
                "denied " + count(all.denied())));
        if (!controls.filter().isEmpty()) {
            parts.add("/" + controls.filter());
        }
        if (controls.isPaused()) {
            parts.add(1, "PAUSED");
        }
        return Line.of(Line.fit(String.join("  ", parts), columns, false), Line.Style.REVERSE);
    }

    private Line last(String notice) {
        if (controls.isTyping()) {
            return Line.of(
                    Line.fit("/" + controls.filter() + "_   Enter: done, Esc: all", columns, false), Line.Style.PLAIN);
        }
        return notice.isEmpty()
                ? Line.of(Line.fit(keys(), columns, false).stripTrailing(), Line.Style.PLAIN)
                : Line.of(Line.fit(notice, columns, false).stripTrailing(), Line.Style.YELLOW);
    }

    private String keys() {
        return "q quit  n namespaces  f flows  s sort: " + controls.order().word() + "  / filter  p pause  ? help";
    }

    private static List<Cell> cells(Rates.OfNamespace row) {
        Rates.@Nullable PerSecond rate = row.rate();
        return List.of(
                Cell.of(row.view().name()),
                Cell.of(rate == null ? "-" : bytes(rate.bytesIn())),
                Cell.of(rate == null ? "-" : bytes(rate.bytesOut())),
                Cell.of(rate == null ? "-" : count(rate.packets())),
                new Cell(
                        rate == null ? "-" : count(rate.denied()),
                        rate != null && rate.denied() > 0 ? Line.Style.RED : Line.Style.PLAIN),
                Cell.of(Units.count(row.view().flows())));
    }

    private static List<Cell> cells(Rates.OfFlow row) {
        FlowView view = row.view();
        Rates.@Nullable PerSecond rate = row.rate();
        Line.Style verdict = switch (view.verdict()) {
            case ALLOW -> Line.Style.PLAIN;
            case AUDIT -> Line.Style.YELLOW;
            case DENY, REJECT -> Line.Style.RED;
        };
        return List.of(
                Cell.of(view.namespace()),
                Cell.of(Units.endpoint(view.insideAddress(), view.insidePort())),
                Cell.of(view.direction() == Direction.EGRESS ? "->" : "<-"),
                Cell.of(Units.endpoint(view.outsideAddress(), view.outsidePort())),
                Cell.of(view.service()),
                new Cell(view.verdict().word(), verdict),
                Cell.of(view.policy().isEmpty() ? view.rule() : view.policy() + "/" + view.rule()),
                Cell.of(rate == null ? "-" : bytes(rate.bytes())),
                Cell.of(rate == null ? "-" : count(rate.packets())));
    }

    private static String bytes(double perSecond) {
        return Units.bytes(Math.round(perSecond));
    }

    /// Less than one a second is not nothing.
    private static String count(double perSecond) {
        return perSecond > 0 && perSecond < 0.5 ? "<1" : Units.count(Math.round(perSecond));
    }
}
