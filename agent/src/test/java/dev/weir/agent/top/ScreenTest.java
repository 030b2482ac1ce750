// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import static dev.weir.agent.Golden.assertGolden;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.view.FlowPage;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What stands on the screen.
class ScreenTest {
    private final Controls controls = new Controls();

    @ParameterizedTest
    @CsvSource({"80, 24", "120, 40", "40, 10"})
    void smallHostIsAsRecorded(int columns, int rows) throws Exception {
        assertGolden("top/town-%dx%d.txt".formatted(columns, rows), screen(Looks.town(), columns, rows));
    }

    @ParameterizedTest
    @CsvSource({"80, 24, ''", "80, 24, f", "80, 24, n", "80, 24, ?", "40, 10, f"})
    void crowdIsAsRecorded(int columns, int rows, String keys) throws Exception {
        press(keys);
        String name = keys.equals("?") ? "help" : "city" + (keys.isEmpty() ? "" : "-" + keys);
        assertGolden("top/%s-%dx%d.txt".formatted(name, columns, rows), screen(Looks.city(100, 200), columns, rows));
    }

    @Property(tries = 500)
    void everySizeIsFilledAndNoneIsExceeded(
            @ForAll @IntRange(min = 1, max = 200) int columns,
            @ForAll @IntRange(min = 1, max = 70) int rows,
            @ForAll @IntRange(max = 60) int namespaces,
            @ForAll @IntRange(max = 60) int flows,
            @ForAll List<@IntRange(min = 32, max = 126) Integer> pressed) {
        Controls used = new Controls();
        pressed.forEach(key -> used.press(new Key.Typed(key)));
        List<Line> lines = Screen.render(Looks.city(namespaces, flows), used, "", columns, rows)
                .lines();
        assertEquals(rows, lines.size());
        lines.forEach(line -> assertTrue(line.plain().length() <= columns, line::plain));
    }

    @Test
    void nothingFromOutsideSteersTheTerminal() {
        String screen = screen(Looks.town(), 120, 40);
        assertTrue(screen.contains("evil?[2J?éчж?"), screen);
        assertTrue(screen.chars().noneMatch(c -> c == 0x1b || c == 0x202e), screen);
    }

    @Test
    void listScrollsToItsEndAndNoFurther() {
        Rates rates = Looks.city(100, 0);
        press("n");
        assertTrue(screen(rates, 80, 24).contains("NAMESPACE 1-21/100"));
        controls.press(Key.Named.PAGE_DOWN);
        assertTrue(screen(rates, 80, 24).contains("NAMESPACE 11-31/100"));
        controls.press(Key.Named.END);
        controls.press(Key.Named.DOWN);
        assertTrue(screen(rates, 80, 24).contains("NAMESPACE 80-100/100"));
        controls.press(Key.Named.UP);
        assertTrue(screen(rates, 80, 24).contains("NAMESPACE 79-99/100"));
        assertTrue(screen(rates, 80, 60).contains("NAMESPACE 44-100/100"), "a larger screen");
    }

    @Test
    void orderGoesRoundAndTheFirstHasTheMost() {
        for (String expected : List.of("blue", "blue", "tenant-with", "blue", "blue")) {
            String first =
                    screen(Looks.town(), 80, 24).lines().skip(2).findFirst().orElseThrow();
            assertTrue(first.startsWith(expected), controls.order() + ": " + first);
            press("s");
        }
    }

    @Test
    void filterIsTypedAndTakenBack() {
        press("/re");
        controls.press(new Key.Typed('d'));
        assertTrue(screen(Looks.town(), 80, 24).contains("/red_"), "while it is typed");
        controls.press(Key.Named.ENTER);
        String filtered = screen(Looks.town(), 80, 24);
        assertTrue(filtered.contains("1 namespace "), filtered);
        assertFalse(filtered.contains("tenant-with"), filtered);
        press("/");
        controls.press(Key.Named.BACKSPACE);
        assertEquals("re", controls.filter());
        controls.press(Key.Named.ESCAPE);
        assertTrue(screen(Looks.town(), 80, 24).contains("tenant-with"));
    }

    @Test
    void onlyQuitEndsIt() {
        assertTrue(controls.press(new Key.Typed('x')));
        assertTrue(controls.press(Key.Named.ESCAPE));
        press("/");
        assertTrue(controls.press(new Key.Typed('q')), "it is text of the filter");
        controls.press(Key.Named.ENTER);
        assertFalse(controls.press(new Key.Typed('q')));
    }

    @Test
    void deniedIsInColourOnlyWhereThatIsWanted() {
        List<Line> lines = Screen.render(Looks.town(), controls, "", 80, 24).lines();
        assertTrue(drawn(lines, true).contains("\u001b[31m"));
        assertFalse(drawn(lines, false).contains("\u001b[3"));
    }

    @Test
    void ratesAreUnknownAtFirst() {
        Sample sample = new Sample(
                0,
                Looks.town().namespaces().stream().map(Rates.OfNamespace::view).toList(),
                new FlowPage(List.of(), null, 0, 0));
        assertTrue(screen(Rates.first(sample), 80, 24).contains("       -"));
        assertTrue(screen(Rates.between(sample, sample), 80, 24).contains("       -"), "no time has passed");
    }

    private static String drawn(List<Line> lines, boolean colour) {
        return lines.stream().map(line -> line.drawn(colour)).collect(Collectors.joining("\n"));
    }

    private void press(String keys) {
        Key.parse(keys).forEach(controls::press);
    }

    private String screen(Rates rates, int columns, int rows) {
        Screen.Frame frame = Screen.render(rates, controls, "", columns, rows);
        controls.limit(frame.lastOffset());
        return frame.lines().stream()
                .map(Line::plain)
                .map(String::stripTrailing)
                .collect(Collectors.joining("\n", "", "\n"));
    }
}
