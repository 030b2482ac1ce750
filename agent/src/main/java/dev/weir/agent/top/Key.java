// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import java.util.ArrayList;
import java.util.List;

/// A key that was pressed.
sealed interface Key {
    /// One that types something.
    record Typed(int character) implements Key {}

    /// One that does not.
    enum Named implements Key {
        UP,
        DOWN,
        PAGE_UP,
        PAGE_DOWN,
        HOME,
        END,
        ENTER,
        ESCAPE,
        BACKSPACE
    }

    /// What a terminal that emulates a VT100 or an xterm sends for keys (xterm's control sequences, "PC-Style Function
    /// Keys"). Unknown sequences are left out; an escape that nothing follows is the key.
    static List<Key> parse(String sent) {
        List<Key> keys = new ArrayList<>();
        int at = 0;
        while (at < sent.length()) {
            int c = sent.codePointAt(at);
            at += Character.charCount(c);
            if (c == '\u001b' && at < sent.length() && (sent.charAt(at) == '[' || sent.charAt(at) == 'O')) {
                int end = at + 1;
                while (end < sent.length() && (Character.isDigit(sent.charAt(end)) || sent.charAt(end) == ';')) {
                    end++;
                }
                add(keys, sent.substring(at + 1, Math.min(end + 1, sent.length())));
                at = Math.min(end + 1, sent.length());
            } else {
                switch (c) {
                    case '\u001b' -> keys.add(Named.ESCAPE);
                    case '\r', '\n' -> keys.add(Named.ENTER);
                    case 0x7f, '\b' -> keys.add(Named.BACKSPACE);
                    default -> {
                        if (!Character.isISOControl(c)) {
                            keys.add(new Typed(c));
                        }
                    }
                }
            }
        }
        return keys;
    }

    private static void add(List<Key> keys, String sequence) {
        switch (sequence) {
            case "A" -> keys.add(Named.UP);
            case "B" -> keys.add(Named.DOWN);
            case "5~" -> keys.add(Named.PAGE_UP);
            case "6~" -> keys.add(Named.PAGE_DOWN);
            case "H", "1~", "7~" -> keys.add(Named.HOME);
            case "F", "4~", "8~" -> keys.add(Named.END);
            default -> {}
        }
    }
}
