// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The rows of a section that measures the same on hosts of several sizes, one after another.
final class SizeTable {
    private final List<Integer> sizes;
    private final Map<String, Row> rows = new LinkedHashMap<>();

    private static final class Row {
        final String[] measured;
        String budget = "";

        Row(int sizes) {
            measured = new String[sizes];
            Arrays.fill(measured, "");
        }
    }

    /// @param sizes in the order of the columns
    SizeTable(List<Integer> sizes) {
        this.sizes = List.copyOf(sizes);
    }

    /// The first line of the section's table.
    String[] header() {
        List<String> header = new ArrayList<>(List.of("what"));
        if (sizes.size() == 1) {
            header.addAll(List.of("measured", "budget"));
        } else {
            sizes.forEach(size -> header.add("%,d namespaces".formatted(size)));
            header.add("budget, for the most");
        }
        return header.toArray(String[]::new);
    }

    /// Takes down what was measured on a host of one size.
    void row(String what, int size, String measured) {
        cells(what).measured[sizes.indexOf(size)] = measured;
    }

    /// As above: the middle of some values.
    ///
    /// @param budget shown for the largest size
    void row(String what, int size, String unit, @Nullable Budget budget, double... values) {
        Quartiles quartiles = Quartiles.of(values);
        String measured = values.length == 1 ? "%.1f".formatted(values[0]) : quartiles.text(1);
        row(what, size, measured + " " + unit);
        if (budget != null && size == sizes.getLast()) {
            cells(what).budget = budget.judge(quartiles.median());
        }
    }

    private Row cells(String what) {
        return rows.computeIfAbsent(what, _ -> new Row(sizes.size()));
    }

    /// Adds all rows to the section, in the order in which they were first named.
    void addTo(Section section) {
        rows.forEach((what, row) -> {
            List<String> line = new ArrayList<>(List.of(what));
            line.addAll(Arrays.asList(row.measured));
            line.add(row.budget);
            section.row(line.toArray(String[]::new));
        });
    }
}
