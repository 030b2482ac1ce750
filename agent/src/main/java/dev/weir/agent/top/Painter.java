// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import java.util.ArrayList;
import java.util.List;

/// Turns frames into what a terminal is sent: of each, only lines that have changed, as one update that terminals which
/// know how (DEC private mode 2026) show at once. Nothing is cleared that is written again, so nothing flickers.
final class Painter {
    /// Alternate screen, no cursor, no wrapping.
    static final String ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l";

    static final String LEAVE = "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l";

    private static final String BEGIN = "\u001b[?2026h";
    private static final String END = "\u001b[?2026l";
    private static final String CLEAR = "\u001b[0m\u001b[2J";
    private static final String CLEAR_REST = "\u001b[K";

    private final boolean colour;
    private List<String> drawn = List.of();
    private int columns;

    Painter(boolean colour) {
        this.colour = colour;
    }

    /// What makes the terminal show these lines; empty if it does.
    ///
    /// @param width of the terminal: when it changes, or the number of lines, everything is drawn anew
    String paint(List<Line> lines, int width) {
        List<String> wanted = new ArrayList<>();
        lines.forEach(line -> wanted.add(line.drawn(colour)));
        StringBuilder out = new StringBuilder();
        boolean anew = width != columns || wanted.size() != drawn.size();
        if (anew) {
            out.append(CLEAR);
        }
        for (int row = 0; row < wanted.size(); row++) {
            if (anew || !wanted.get(row).equals(drawn.get(row))) {
                out.append("\u001b[%d;1H".formatted(row + 1)).append(wanted.get(row));
                if (lines.get(row).plain().length() < width) {
                    out.append(CLEAR_REST);
                }
            }
        }
        drawn = wanted;
        columns = width;
        return out.isEmpty() ? "" : BEGIN + out + END;
    }
}
