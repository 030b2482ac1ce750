// SPDX-License-Identifier: Apache-2.0
package dev.weir.yaml;

import java.util.Comparator;
import java.util.Locale;

/// Something wrong, or doubtful, at one place of one file.
///
/// @param file as the user named it
/// @param line from 1
/// @param column from 1, in characters (code points)
/// @param message what is wrong and what was expected; one line
/// @param sourceLine the text of the line, shortened if it is very long; empty if the file could not be read
public record Diagnostic(Severity severity, String file, int line, int column, String message, String sourceLine) {
    /// In the order in which a reader meets them.
    static final Comparator<Diagnostic> BY_PLACE = Comparator.comparing(Diagnostic::file)
            .thenComparingInt(Diagnostic::line)
            .thenComparingInt(Diagnostic::column);

    /// What it means for the directory: one error refuses all of it.
    public enum Severity {
        ERROR,
        WARNING;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// The same with the text of its line, which is shortened if it is very long.
    public Diagnostic withLine(String line) {
        String shown = line.length() <= Source.MAX_SHOWN ? line : line.substring(0, Source.MAX_SHOWN);
        return new Diagnostic(severity, file, this.line, column, message, shown);
    }

    /// The one line that scripts read: `file:line:column: message`; a warning says so before its message.
    public String summary() {
        String warning = severity == Severity.WARNING ? "warning: " : "";
        return printable(file + ":" + line + ":" + column + ": " + warning + message);
    }

    /// [#summary()], then the line of the file and a caret under the place. Characters that could steer a
    /// terminal are shown as `?`.
    public String render() {
        int before = column - 1;
        if (sourceLine.isBlank() || before > sourceLine.codePointCount(0, sourceLine.length())) {
            return summary();
        }
        String indent = sourceLine
                .substring(0, sourceLine.offsetByCodePoints(0, before))
                .codePoints()
                .map(c -> c == '\t' ? '\t' : ' ')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return summary() + "\n    " + printable(sourceLine) + "\n    " + indent + "^";
    }

    private static String printable(String text) {
        return text.codePoints()
                .map(c -> c == '\t' || Words.isVisible(c) ? c : '?')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
