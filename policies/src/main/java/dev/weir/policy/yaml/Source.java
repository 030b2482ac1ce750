// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import java.util.Arrays;

/// A file's name and text, and where its lines begin. Lines end with LF, CR LF or CR, as in YAML.
final class Source {
    private static final int MAX_SHOWN = 240;

    private final String file;
    private final String text;
    private final Diagnostics diagnostics;
    private final int[] lineStarts;

    Source(String file, String text, Diagnostics diagnostics) {
        this.file = file;
        this.text = text;
        this.diagnostics = diagnostics;
        this.lineStarts = lineStarts(text);
    }

    String file() {
        return file;
    }

    String text() {
        return text;
    }

    void error(int line, int column, String message) {
        report(Diagnostic.Severity.ERROR, line, column, message);
    }

    void error(YamlNode at, String message) {
        error(at.line(), at.column(), message);
    }

    void warning(int line, int column, String message) {
        report(Diagnostic.Severity.WARNING, line, column, message);
    }

    /// An error at the character with this index, counted in code points from 0.
    void errorAt(int codePointIndex, String message) {
        int codePoints = text.codePointCount(0, text.length());
        int index = text.offsetByCodePoints(0, Math.clamp(codePointIndex, 0, codePoints));
        int found = Arrays.binarySearch(lineStarts, index);
        int line = found >= 0 ? found : -found - 2;
        error(line + 1, text.codePointCount(lineStarts[line], index) + 1, message);
    }

    private void report(Diagnostic.Severity severity, int line, int column, String message) {
        int inFile = Math.clamp(line, 1, lineStarts.length);
        String full = line(inFile);
        int inLine = Math.clamp(column, 1, full.codePointCount(0, full.length()) + 1);
        String shown = full.length() <= MAX_SHOWN ? full : full.substring(0, MAX_SHOWN);
        diagnostics.add(new Diagnostic(severity, file, inFile, inLine, message, shown));
    }

    private String line(int number) {
        int start = lineStarts[number - 1];
        int end = number < lineStarts.length ? lineStarts[number] : text.length();
        while (end > start && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
            end--;
        }
        return text.substring(start, end);
    }

    private static int[] lineStarts(String text) {
        int[] starts = new int[16];
        int count = 1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean ends = c == '\n' || (c == '\r' && (i + 1 == text.length() || text.charAt(i + 1) != '\n'));
            if (ends) {
                starts = count < starts.length ? starts : Arrays.copyOf(starts, 2 * count);
                starts[count++] = i + 1;
            }
        }
        return Arrays.copyOf(starts, count);
    }
}
