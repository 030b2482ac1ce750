// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.view.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A report as it was kept, of which plots are made: they show what it says.
final class Report {
    private static final Pattern CELL = Pattern.compile("([0-9.,]+)(?: \\(([0-9.,]+)–([0-9.,]+)\\))?");
    private static final Pattern FIGURE = Pattern.compile(CELL + "(?: ([A-Za-zµ%/][A-Za-zµ%/ ]*))?");
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

    /// The same as JSON: what it says of the machine, and each section with its method and the rows of its
    /// table by column. A figure is its median, or an object of median, quartiles and unit; all else is text.
    String json() {
        Map<String, Object> sections = new LinkedHashMap<>();
        titles().forEach(title -> {
            Map<String, Object> section = new LinkedHashMap<>();
            section.put("method", method(title));
            section.put("rows", rows(table(title)));
            sections.put(title, section);
        });
        Map<String, Object> machine = new LinkedHashMap<>();
        markdown.lines()
                .takeWhile(line -> !line.startsWith("## "))
                .filter(line -> line.startsWith("|") && !line.startsWith("|-"))
                .map(Report::cells)
                .filter(cells -> !cells.getFirst().isEmpty())
                .forEach(cells -> machine.put(cells.getFirst(), cells.getLast()));
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("machine", machine);
        report.put("sections", sections);
        return Json.pretty(report) + "\n";
    }

    private List<String> titles() {
        return markdown.lines()
                .filter(line -> line.startsWith("## "))
                .map(line -> line.substring(3))
                .toList();
    }

    private String method(String title) {
        return markdown.lines()
                .dropWhile(line -> !line.equals("## " + title))
                .skip(1)
                .takeWhile(line -> !line.startsWith("|") && !line.startsWith("## "))
                .collect(Collectors.joining(" "))
                .strip();
    }

    private static List<Map<String, Object>> rows(List<List<String>> table) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (List<String> cells : table.subList(Math.min(1, table.size()), table.size())) {
            Map<String, Object> row = new LinkedHashMap<>();
            for (int i = 0; i < cells.size(); i++) {
                row.put(table.getFirst().get(i), value(cells.get(i)));
            }
            rows.add(row);
        }
        return rows;
    }

    private static Object value(String cell) {
        Matcher figure = FIGURE.matcher(cell);
        if (!figure.matches()) {
            return cell;
        }
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("median", number(figure.group(1)));
        if (figure.group(2) != null) {
            value.put("lowQuartile", number(figure.group(2)));
            value.put("highQuartile", number(figure.group(3)));
        }
        if (figure.group(4) != null) {
            value.put("unit", figure.group(4));
        }
        return value.size() == 1 ? number(figure.group(1)) : value;
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
                .map(Report::cells)
                .toList();
    }

    private static List<String> cells(String line) {
        return Arrays.stream(line.substring(1).split("\\|")).map(String::strip).toList();
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
