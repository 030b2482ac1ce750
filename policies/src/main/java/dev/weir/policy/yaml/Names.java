// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// What texts may be names, and which name was probably meant.
final class Names {
    /// So that a name and the NUL after it fit `WEIR_NAME_BYTES` of `abi.h`.
    static final int MAX_BYTES = 63;

    private Names() {}

    /// Why the text cannot be a name; empty if it can.
    static Optional<String> problem(String text) {
        if (text.isEmpty()) {
            return Optional.of("it is empty, expected 1 to " + MAX_BYTES + " bytes");
        }
        if (!text.codePoints().allMatch(Names::isVisible)) {
            return Optional.of("it holds a control character, expected visible text");
        }
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        return bytes <= MAX_BYTES
                ? Optional.empty()
                : Optional.of("it is " + bytes + " bytes long, expected at most " + MAX_BYTES);
    }

    /// Whether the character takes its place on a screen and cannot steer what is shown around it.
    static boolean isVisible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    /// `, did you mean …?` if a known text is at most two edits away, else nothing. Between equals the first letter
    /// decides, which is rarely mistyped.
    static String suggestion(String text, Collection<String> known) {
        int allowed = text.length() < 3 ? 1 : 2;
        if (text.isEmpty() || text.length() > MAX_BYTES) {
            return "";
        }
        return known.stream()
                .filter(candidate -> distance(text, candidate) <= allowed)
                .min(Comparator.<String>comparingInt(candidate -> distance(text, candidate))
                        .thenComparing(candidate -> candidate.charAt(0) != text.charAt(0))
                        .thenComparing(Comparator.naturalOrder()))
                .map(candidate -> ", did you mean `" + candidate + "`?")
                .orElse("");
    }

    /// Levenshtein's distance: insertions, deletions and replacements that make one text the other.
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
