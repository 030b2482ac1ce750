// SPDX-License-Identifier: Apache-2.0
package dev.weir.yaml;

import java.util.Collection;
import java.util.Comparator;

/// How a text from a file is shown, and which known one was probably meant.
public final class Words {
    /// No name is longer.
    private static final int MAX_NAME = 63;

    private Words() {}

    /// A text from the file, short enough for a message.
    public static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }

    /// Whether the character takes its place on a screen and cannot steer what is shown around it.
    public static boolean isVisible(int codePoint) {
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
    public static String suggestion(String text, Collection<String> known) {
        int allowed = text.length() < 3 ? 1 : 2;
        if (text.isEmpty() || text.length() > MAX_NAME) {
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
