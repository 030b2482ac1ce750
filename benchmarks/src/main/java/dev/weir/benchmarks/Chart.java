// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A plot as SVG that can be read on light and on dark ground.
///
/// @param along what the horizontal axis shows, with its unit
/// @param up what the vertical one shows, with its unit; empty where it names things
record Chart(String title, String along, String up) {
    private static final int WIDTH = 760;
    private static final int TOP = 76;
    private static final int RIGHT = 36;
    private static final int BOTTOM = 54;
    private static final int LEGEND = 54;
    private static final int LEGEND_STEP = 172;
    private static final int LINES_LEFT = 64;
    private static final int LINES_HEIGHT = 400;
    private static final int BARS_LEFT = 290;
    private static final int BAR = 15;
    private static final int TICKS = 5;

    /// Colours of the series are apart also for who sees fewer; on dark ground they are lighter.
    private static final String STYLE = """
            <style>
            .ground { fill: #ffffff; }
            text { font: 12px sans-serif; fill: #24292f; stroke: #ffffff; stroke-width: 3; paint-order: stroke; }
            .title { font-size: 15px; font-weight: bold; }
            .end { text-anchor: end; } .middle { text-anchor: middle; }
            .grid { stroke: #d0d7de; } .one { stroke: #57606a; stroke-width: 1.5; }
            .s0 { stroke: #0969da; fill: #0969da; } .s1 { stroke: #bc4c00; fill: #bc4c00; }
            .s2 { stroke: #1a7f37; fill: #1a7f37; } .s3 { stroke: #8250df; fill: #8250df; }
            @media (prefers-color-scheme: dark) {
            .ground { fill: #0d1117; } text { fill: #e6edf3; stroke: #0d1117; } .grid { stroke: #3d444d; } .one { stroke: #9198a1; }
            .s0 { stroke: #58a6ff; fill: #58a6ff; } .s1 { stroke: #f0883e; fill: #f0883e; }
            .s2 { stroke: #3fb950; fill: #3fb950; } .s3 { stroke: #bc8cff; fill: #bc8cff; }
            }
            .line { fill: none; stroke-width: 2; }
            </style>
            """;

    /// @param values one for each place on the other axis
    record Series(String name, List<Quartiles> values) {}

    /// Lines over an axis whose places double at equal steps.
    ///
    /// @param places greater than 0, ascending
    String lines(List<Double> places, List<Series> series) {
        StringBuilder svg = head(LINES_HEIGHT, series, LINES_LEFT);
        int bottom = LINES_HEIGHT - BOTTOM;
        double step = step(highest(series));
        double most = Math.ceil(highest(series) / step) * step;
        for (double tick = 0; tick <= most; tick += step) {
            double y = bottom - tick / most * (bottom - TOP);
            line(svg, "grid", LINES_LEFT, y, WIDTH - RIGHT, y);
            text(svg, "end", LINES_LEFT - 8, y + 4, number(tick));
        }
        double first = Math.log(places.getFirst());
        double length = Math.log(places.getLast()) - first;
        List<Double> xs = new ArrayList<>();
        for (double place : places) {
            double x = LINES_LEFT + 20 + (Math.log(place) - first) / length * (WIDTH - RIGHT - LINES_LEFT - 40);
            xs.add(x);
            line(svg, "grid", x, bottom, x, bottom + 5);
            text(svg, "middle", x, bottom + 19, number(place));
        }
        text(svg, "middle", (LINES_LEFT + WIDTH - RIGHT) / 2.0, LINES_HEIGHT - 12, along + " (logarithmic)");
        svg.append("<text class=\"middle\" transform=\"translate(18 %d) rotate(-90)\">%s</text>\n"
                .formatted((TOP + bottom) / 2, escaped(up)));
        for (int n = 0; n < series.size(); n++) {
            StringBuilder points = new StringBuilder();
            for (int i = 0; i < xs.size(); i++) {
                Quartiles value = series.get(n).values().get(i);
                double scale = (bottom - TOP) / most;
                line(svg, "s" + n, xs.get(i), bottom - value.low() * scale, xs.get(i), bottom - value.high() * scale);
                points.append(coordinate(xs.get(i)))
                        .append(',')
                        .append(coordinate(bottom - value.median() * scale))
                        .append(' ');
            }
            svg.append("<polyline class=\"line s%d\" points=\"%s\"/>\n"
                    .formatted(n, points.toString().strip()));
        }
        return svg.append("</svg>\n").toString();
    }

    /// Bars from 0, those of one name together, with a line at 1.
    String bars(List<String> names, List<Series> series) {
        int group = (series.size() + 1) * BAR;
        int bottom = TOP + names.size() * group;
        StringBuilder svg = head(bottom + BOTTOM, series, 16);
        double step = step(highest(series));
        double most = Math.ceil(highest(series) / step) * step;
        double scale = (WIDTH - RIGHT - BARS_LEFT) / most;
        for (double tick = 0; tick <= most; tick += step) {
            double x = BARS_LEFT + tick * scale;
            line(svg, "grid", x, TOP, x, bottom);
            text(svg, "middle", x, bottom + 18, number(tick));
        }
        line(svg, "one", BARS_LEFT + scale, TOP, BARS_LEFT + scale, bottom);
        for (int i = 0; i < names.size(); i++) {
            int top = TOP + i * group + BAR / 2;
            text(svg, "end", BARS_LEFT - 10, top + series.size() * BAR / 2.0 + 4, names.get(i));
            for (int n = 0; n < series.size(); n++) {
                Quartiles value = series.get(n).values().get(i);
                double y = top + n * BAR;
                svg.append("<rect class=\"s%d\" x=\"%d\" y=\"%s\" width=\"%s\" height=\"%d\"/>\n"
                        .formatted(n, BARS_LEFT, coordinate(y), coordinate(value.median() * scale), BAR - 4));
                double behind = BARS_LEFT + value.high() * scale;
                double middle = y + (BAR - 4) / 2.0;
                line(svg, "one", BARS_LEFT + value.low() * scale, middle, behind, middle);
                text(svg, "start", behind + 5, y + BAR - 5, String.format(Locale.ROOT, "%.2f", value.median()));
            }
        }
        text(svg, "middle", (BARS_LEFT + WIDTH - RIGHT) / 2.0, bottom + 40, along);
        return svg.append("</svg>\n").toString();
    }

    private StringBuilder head(int height, List<Series> series, int left) {
        StringBuilder svg = new StringBuilder("""
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" role="img">
                <title>%3$s</title>
                %4$s<rect class="ground" width="100%%" height="100%%"/>
                <text class="title" x="16" y="26">%3$s</text>
                """.formatted(WIDTH, height, escaped(title), STYLE));
        for (int n = 0; n < series.size(); n++) {
            int x = left + n * LEGEND_STEP;
            line(svg, "line s" + n, x, LEGEND - 4, x + 18, LEGEND - 4);
            text(svg, "start", x + 24, LEGEND, series.get(n).name());
        }
        return svg;
    }

    private static double highest(List<Series> series) {
        return series.stream()
                .flatMap(each -> each.values().stream())
                .mapToDouble(Quartiles::high)
                .max()
                .orElse(1);
    }

    /// 1, 2 or 5 times a power of ten, of which some five reach up to `most`.
    private static double step(double most) {
        double power = Math.pow(10, Math.floor(Math.log10(most / TICKS)));
        double rest = most / TICKS / power;
        return power * (rest <= 1 ? 1 : rest <= 2 ? 2 : rest <= 5 ? 5 : 10);
    }

    private static void line(StringBuilder svg, String kind, double x1, double y1, double x2, double y2) {
        svg.append("<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>\n"
                .formatted(kind, coordinate(x1), coordinate(y1), coordinate(x2), coordinate(y2)));
    }

    private static void text(StringBuilder svg, String kind, double x, double y, String text) {
        svg.append("<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>\n"
                .formatted(kind, coordinate(x), coordinate(y), escaped(text)));
    }

    private static String coordinate(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, "%.1f", value);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
