// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import java.util.ArrayList;
import java.util.List;

/// One line of the screen, of characters that take one column each.
record Line(List<Span> spans) {
    static final Line EMPTY = new Line(List.of());

    Line {
        spans = List.copyOf(spans);
    }

    /// How text looks; `sgr` is what ECMA-48 calls the parameter of Select Graphic Rendition.
    enum Style {
        PLAIN(0),
        BOLD(1),
        REVERSE(7),
        RED(31),
        YELLOW(33);

        private final int sgr;

        Style(int sgr) {
            this.sgr = sgr;
        }

        boolean isColour() {
            return sgr >= 30;
        }
    }

    record Span(String text, Style style) {}

    static Line of(String text, Style style) {
        return new Line(List.of(new Span(text, style)));
    }

    /// The text alone.
    String plain() {
        StringBuilder text = new StringBuilder();
        spans.forEach(span -> text.append(span.text()));
        return text.toString();
    }

    /// This line, cut after so many columns.
    Line cut(int columns) {
        List<Span> kept = new ArrayList<>();
        int left = columns;
        for (Span span : spans) {
            String text = span.text().substring(0, Math.min(left, span.text().length()));
            left -= text.length();
            kept.add(new Span(text, span.style()));
        }
        return new Line(kept);
    }

    /// As a terminal draws it.
    String drawn(boolean colour) {
        StringBuilder text = new StringBuilder();
        for (Span span : spans) {
            boolean styled =
                    span.style() != Style.PLAIN && (colour || !span.style().isColour());
            text.append(styled ? "\u001b[%dm".formatted(span.style().sgr) : "")
                    .append(span.text())
                    .append(styled ? "\u001b[0m" : "");
        }
        return text.toString();
    }

    /// `text` in exactly so many columns, to the left or to the right. Whatever a terminal may take for something else
    /// than one column (controls, marks that join, wide scripts) is shown as `?`; what is cut off, as `~`.
    static String fit(String text, int columns, boolean right) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().limit(columns + 1L).map(c -> isOneColumn(c) ? c : '?').forEach(c -> shown.append((char) c));
        if (shown.length() > columns) {
            shown.setLength(Math.max(0, columns - 1));
            shown.append(columns > 0 ? "~" : "");
        }
        String padding = " ".repeat(columns - shown.length());
        return right ? padding + shown : shown + padding;
    }

    /// Latin, Greek and Cyrillic letters, signs and digits.
    private static boolean isOneColumn(int c) {
        boolean letters = c < 0x300 || (c >= 0x370 && c < 0x483) || (c >= 0x48a && c < 0x530);
        return letters && Character.isDefined(c) && !Character.isISOControl(c) && c != 0xad;
    }
}
