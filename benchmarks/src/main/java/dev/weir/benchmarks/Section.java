// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import java.util.ArrayList;
import java.util.List;

/// A part of the report: what was measured, how, and a table.
final class Section {
    private final String title;
    private final String method;
    private final List<List<String>> lines = new ArrayList<>();

    /// @param method a paragraph of Markdown
    /// @param header the first line of the table
    Section(String title, String method, String... header) {
        this.title = title;
        this.method = method;
        lines.add(List.of(header));
    }

    /// Adds a line of the table.
    ///
    /// @throws IllegalArgumentException if it has not as many cells as the header
    void row(String... cells) {
        if (cells.length != lines.getFirst().size()) {
            throw new IllegalArgumentException("a row of %d cells below a header of %d"
                    .formatted(cells.length, lines.getFirst().size()));
        }
        lines.add(List.of(cells));
    }

    /// Markdown whose columns also line up on a terminal.
    String markdown() {
        int[] widths = new int[lines.getFirst().size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder("## " + title + "\n\n" + method.strip() + "\n\n");
        for (int n = 0; n < lines.size(); n++) {
            append(text, lines.get(n), widths, " ");
            if (n == 0) {
                append(text, lines.getFirst().stream().map(cell -> "").toList(), widths, "-");
            }
        }
        return text.append('\n').toString();
    }

    private static void append(StringBuilder text, List<String> cells, int[] widths, String fill) {
        for (int i = 0; i < widths.length; i++) {
            String cell = cells.get(i);
            text.append("|").append(fill).append(cell).append(fill.repeat(widths[i] - cell.length() + 1));
        }
        text.append("|\n");
    }
}
