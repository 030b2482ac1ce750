// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// What the terminal is sent.
class PainterTest {
    private final Painter painter = new Painter(true);

    @Test
    void onlyWhatChangedIsSentAgain() {
        assertTrue(painter.paint(lines("one", "two", "three"), 10).contains("\u001b[2J"), "at first, all");
        assertEquals("", painter.paint(lines("one", "two", "three"), 10));
        assertEquals(
                "\u001b[?2026h\u001b[2;1Htwo!\u001b[K\u001b[?2026l", painter.paint(lines("one", "two!", "three"), 10));
    }

    @Test
    void anotherSizeIsDrawnAnew() {
        painter.paint(lines("one", "two"), 10);
        for (String sent : List.of(painter.paint(lines("one", "two"), 12), painter.paint(lines("one"), 12))) {
            assertTrue(sent.contains("\u001b[2J") && sent.contains("\u001b[1;1Hone"), sent);
        }
    }

    @Test
    void fullLineIsNotClearedBehindItsEnd() {
        painter.paint(lines("1234", "1234"), 4);
        assertEquals("\u001b[?2026h\u001b[1;1H5678\u001b[?2026l", painter.paint(lines("5678", "1234"), 4));
    }

    @Test
    void keysAreThoseThatTerminalsSend() {
        assertEquals(
                List.of(
                        Key.Named.UP,
                        Key.Named.DOWN,
                        Key.Named.PAGE_UP,
                        Key.Named.PAGE_DOWN,
                        Key.Named.HOME,
                        Key.Named.END,
                        new Key.Typed('q'),
                        new Key.Typed('ü'),
                        Key.Named.ENTER,
                        Key.Named.BACKSPACE,
                        Key.Named.ESCAPE),
                Key.parse("\u001b[A\u001bOB\u001b[5~\u001b[6~\u001b[H\u001b[4~\u001b[1;5Pqü\r\u007f\u001b"));
        assertEquals(List.of(), Key.parse("\u001b["), "a sequence cut short");
    }

    private static List<Line> lines(String... texts) {
        return List.of(texts).stream()
                .map(text -> Line.of(text, Line.Style.PLAIN))
                .toList();
    }
}
