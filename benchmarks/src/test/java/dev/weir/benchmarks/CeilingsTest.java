// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CeilingsTest {
    private static final Ceilings CEILINGS = Ceilings.of("""
            # figure       limit    now
            host 6.18 amd64 0-1

            weight of feathers   1,000  990
            height of trees          7    7
            """);

    @Test
    void figuresUpToTheirLimitAreTaken() {
        CEILINGS.hold("weight", Map.of("of feathers", 1000L));
        CEILINGS.hold("weight", Map.of("of feathers", 900L));
        CEILINGS.hold("height", Map.of("of trees", 7L));
    }

    @Test
    void hostOfTheFiguresIsTold() {
        assertEquals(new Ceilings.Host("6.18", "amd64", "0-1"), CEILINGS.host());
        assertTrue(CEILINGS.host().loadsAs(new Ceilings.Host("6.18", "amd64", "0-7")));
        assertFalse(CEILINGS.host().loadsAs(new Ceilings.Host("6.12", "amd64", "0-1")));
    }

    @Test
    void figureAboveItsLimitFailsWithTheLineToWrite() {
        String message = message("weight", Map.of("of feathers", 1001L));
        assertTrue(message.contains("above its limit of 1,000"), message);
        assertTrue(message.matches("(?s).*weight of feathers +1,031 +1,001"), message);
    }

    @Test
    void figureFarBelowItsLimitFailsWithTheLineToWrite() {
        String message = message("weight", Map.of("of feathers", 899L));
        assertTrue(message.contains("far below its limit of 1,000"), message);
        assertTrue(message.matches("(?s).*weight of feathers +925 +899"), message);
    }

    @Test
    void everyFigureHasALimitAndEveryLimitAFigure() {
        String message = message("height", Map.of("of grass", 1L));
        assertTrue(message.contains("no limit yet"), message);
        assertTrue(message.contains("nothing measures it any more: height of trees"), message);
    }

    private static String message(String group, Map<String, Long> figures) {
        String message = assertThrows(AssertionError.class, () -> CEILINGS.hold(group, figures))
                .getMessage();
        return message == null ? "" : message;
    }
}
