// SPDX-License-Identifier: Apache-2.0
package dev.weir.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DiagnosticTest {
    @Test
    void caretStandsUnderThePlace() {
        assertEquals("""
                blue.yaml:4:3: wrong
                    \tab x
                    \t ^""", diagnostic(3, "\tab x").render());
    }

    @Test
    void charactersBeyondTheBasicPlaneAreOneColumn() {
        assertEquals(
                "blue.yaml:4:3: wrong\n    \ud83d\ude00 x\n      ^",
                diagnostic(3, "\ud83d\ude00 x").render());
    }

    @Test
    void terminalsAreNotSteered() {
        assertEquals(
                "blue.yaml:4:1: wrong\n    ?[31m ?x\n    ^",
                diagnostic(1, "\u001b[31m \u202ex").render());
    }

    @Test
    void placeBeyondTheShownTextHasNoCaret() {
        assertEquals("blue.yaml:4:9: wrong", diagnostic(9, "short").render());
    }

    private static Diagnostic diagnostic(int column, String line) {
        return new Diagnostic(Diagnostic.Severity.ERROR, "blue.yaml", 4, column, "wrong", line);
    }
}
