// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A report as it was kept, of which plots are made: they show what it says.
final class Report {
    private static final Pattern CELL = Pattern.compile("([0-9.,]+)(?: \\(([0-9.,]+)–([0-9.,]+)\\))?");
    private static final String NO_FILTER = " / no filter";

    private final String markdown;

    Report(String markdown) {
        this.markdown = markdown;
    }

    /// The plots of those sections that the report has, as SVG by names for their files.
    Map<String, String> plots() {
        Map<String, String> plots = new TreeMap<>();
        List<List<String>> rules = table("Packet path by rules");
        if (!rules.isEmpty()) {
            plots.put("rules", rules(rules));
        }
        List<List<String>> wire = table("Wire");
        if (!wire.isEmpty()) {
            plots.put("wire", wire(wire));
        }
        return plots;
    }

    private static String rules(List<List<String>> table) {
        List<String> header = table.getFirst();
        List<List<String>> rows = table.subList(1, table.size());
        List<Chart.Series> series = new ArrayList<>();
        for (int column = 1; column < header.size(); column++) {
            int of = column;
            series.add(new Chart.Series(
                    header.get(column),
                    rows.stream().map(row -> cell(row.get(of))).toList()));
        }
        return new Chart("A packet in the loaded program", "rules of the policy", "ns a packet")
                .lines(rows.stream().map(row -> cell(row.getFirst()).median()).toList(), series);
    }

    private static String wire(List<List<String>> table) {
        List<String> header = table.getFirst();
        List<List<String>> rows = table.subList(1, table.size());
        List<Chart.Series> series = new ArrayList<>();
        for (int column = 1; column < header.size(); column++) {
            int of = column;
            String name = header.get(column);
            if (name.endsWith(NO_FILTER) && !name.startsWith("no filter")) {
                series.add(new Chart.Series(
                        name.substring(0, name.length() - NO_FILTER.length()),
                        rows.stream().map(row -> cell(row.get(of))).toList()));
            }
        }
        return new Chart("Traffic through devices, against no filter", "measured / no filter (a ratio)", "")
                .bars(rows.stream().map(row -> traffic(row.getFirst())).toList(), series);
    }

    /// What was measured, without the unit, which a ratio has not.
    private static String traffic(String row) {
        String name = row.replaceFirst(", [^,]*$", "");
        return row.endsWith("µs") ? name + " (less is better)" : name;
    }

    /// The lines of the table of a section, the first its header; empty if the report lacks it.
    private List<List<String>> table(String title) {
        return markdown.lines()
                .dropWhile(line -> !line.equals("## " + title))
                .skip(1)
                .takeWhile(line -> !line.startsWith("## "))
                .filter(line -> line.startsWith("|") && !line.startsWith("|-"))
                .map(line -> Arrays.stream(line.substring(1).split("\\|"))
                        .map(String::strip)
                        .toList())
                .toList();
    }

    private static Quartiles cell(String text) {
        Matcher matcher = CELL.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("a table has \"" + text + "\" where a figure should be");
        }
        double median = number(matcher.group(1));
        return matcher.group(2) == null
                ? new Quartiles(median, median, median)
                : new Quartiles(number(matcher.group(2)), median, number(matcher.group(3)));
    }

    private static double number(String text) {
        return Double.parseDouble(text.replace(",", ""));
    }
}
