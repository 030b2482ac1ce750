// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A table that fits: where there is no room for all its columns, the least important ones go; one of
/// them, in exchange, grows.
final class Columns {
    private static final int GAP = 2;
    private static final int MAX_GROWN = 40;

    /// @param rank 0: it is always there, and grows; of the others, those with the highest go first
    record Column(String heading, int width, boolean number, int rank) {}

    record Cell(String text, Line.Style style) {
        static Cell of(String text) {
            return new Cell(text, Line.Style.PLAIN);
        }
    }

    private final List<Column> all;
    private final List<Column> shown;
    private final int grown;

    Columns(List<Column> all, int columns) {
        this.all = all;
        this.shown = new ArrayList<>(all);
        while (width() > columns && shown.size() > 1) {
            shown.remove(
                    shown.stream().max(Comparator.comparingInt(Column::rank)).orElseThrow());
        }
        Column first = all.stream().filter(each -> each.rank() == 0).findAny().orElseThrow();
        this.grown = Math.clamp(first.width() + columns - width(), 0, Math.max(first.width(), MAX_GROWN));
    }

    private int width() {
        return shown.stream().mapToInt(Column::width).sum() + GAP * (shown.size() - 1);
    }

    /// @param note behind the heading of the column that grows
    Line heading(String note) {
        List<Cell> cells = all.stream()
                .map(column -> new Cell(column.heading() + (column.rank() == 0 ? note : ""), Line.Style.BOLD))
                .toList();
        return row(cells);
    }

    /// @param cells one for each of all columns
    Line row(List<Cell> cells) {
        List<Line.Span> spans = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            Column column = all.get(i);
            if (shown.contains(column)) {
                int width = column.rank() == 0 ? grown : column.width();
                String gap = spans.isEmpty() ? "" : " ".repeat(GAP);
                spans.add(new Line.Span(
                        gap + Line.fit(cells.get(i).text(), width, column.number()),
                        cells.get(i).style()));
            }
        }
        return new Line(spans);
    }
}
