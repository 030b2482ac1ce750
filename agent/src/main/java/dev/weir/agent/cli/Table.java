// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Rows under a heading, in aligned columns with two spaces between; columns of numbers stand to the right.
final class Table {
    private final List<String> heading;
    private final List<List<String>> rows = new ArrayList<>();
    private final Map<Integer, UnaryOperator<String>> paints = new HashMap<>();
    private final int[] widths;
    private boolean headed;

    /// @param heading one word a column; one that ends in `>` is a column of numbers
    Table(String... heading) {
        this.heading = List.of(heading);
        this.widths = new int[heading.length];
    }

    /// @param cells as many as the heading has; an empty one is printed as `-`
    void add(Object... cells) {
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            String text = printable(cell.toString());
            row.add(text.isEmpty() ? "-" : text);
        }
        rows.add(row);
    }

    /// Has `paint` change how the cells of a column are printed, of which it is given each in its full
    /// width.
    Table painting(String column, UnaryOperator<String> paint) {
        paints.put(heading.indexOf(column), paint);
        return this;
    }

    /// Prints the rows that were not printed yet, the first time under the heading. Columns stay where
    /// they are, or move to the right.
    void print(PrintWriter out) {
        List<String> words = heading.stream().map(word -> word.replace(">", "")).toList();
        for (int column = 0; column < widths.length; column++) {
            widths[column] = Math.max(widths[column], words.get(column).length());
            for (List<String> row : rows) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        if (!headed) {
            print(out, words, Map.of());
            headed = true;
        }
        for (List<String> row : rows) {
            print(out, row, paints);
        }
        rows.clear();
    }

    private void print(PrintWriter out, List<String> cells, Map<Integer, UnaryOperator<String>> painted) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String cell = cells.get(column);
            String padding = " ".repeat(widths[column] - cell.length());
            String padded = heading.get(column).endsWith(">") ? padding + cell : cell + padding;
            line.append(painted.getOrDefault(column, UnaryOperator.identity()).apply(padded))
                    .append("  ");
        }
        out.println(line.toString().stripTrailing());
    }

    /// `text` without what could move a terminal's cursor, colour it, or turn its direction: such characters are
    /// shown as `\xNN`. Names come from files and from tenants.
    static String printable(String text) {
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            int type = Character.getType(c);
            boolean plain = c == '\n'
                    || !(type == Character.CONTROL
                            || type == Character.FORMAT
                            || type == Character.SURROGATE
                            || type == Character.LINE_SEPARATOR
                            || type == Character.PARAGRAPH_SEPARATOR);
            if (plain) {
                shown.appendCodePoint(c);
            } else {
                shown.append("\\x%02x".formatted(c));
            }
        });
        return shown.toString();
    }
}
