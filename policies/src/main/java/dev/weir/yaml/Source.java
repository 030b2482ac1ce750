// SPDX-License-Identifier: Apache-2.0
package dev.weir.yaml;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A file's name and text, and where its lines begin. Lines end with LF, CR LF or CR, as in YAML.
public final class Source {
    /// Characters of a line that a message shows.
    static final int MAX_SHOWN = 240;

    /// What Java's quick decoder puts where the bytes are not UTF-8; it may also stand there by right.
    private static final char REPLACEMENT = '\ufffd';

    private final String file;
    private final String text;
    private final Diagnostics diagnostics;
    private int @Nullable [] lineStarts; // most files are never asked

    /// A file of which the text is at hand.
    ///
    /// @param text a byte order mark before it is passed over
    public Source(String file, String text, Diagnostics diagnostics) {
        this.file = file;
        this.text = text.startsWith("\ufeff") ? text.substring(1) : text;
        this.diagnostics = diagnostics;
    }

    /// A file's bytes as text; empty if they are not UTF-8, which is reported.
    public static Optional<Source> decode(String file, byte[] bytes, Diagnostics diagnostics) {
        String lenient = new String(bytes, StandardCharsets.UTF_8);
        if (lenient.indexOf(REPLACEMENT) < 0) {
            return Optional.of(new Source(file, lenient, diagnostics));
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(in).toString();
            return Optional.of(new Source(file, text, diagnostics));
        } catch (CharacterCodingException e) {
            // A decoder that refuses stops at the byte that it refuses.
            String before = new String(bytes, 0, in.position(), StandardCharsets.UTF_8);
            Source readable = new Source(file, before, diagnostics);
            readable.errorAt(readable.text.length(), "this is not UTF-8 text, expected YAML in UTF-8");
            return Optional.empty();
        }
    }

    /// Why a file could not be read, as an error about it.
    public static String problem(@Nullable Throwable e) {
        return "cannot read this: "
                + switch (e) {
                    case NoSuchFileException _ -> "it does not exist, or is a link to nothing";
                    case AccessDeniedException _ -> "permission denied";
                    case NotDirectoryException _ -> "it is neither a directory nor a file";
                    case null, default -> String.valueOf(e);
                };
    }

    /// As the user named it.
    public String file() {
        return file;
    }

    String text() {
        return text;
    }

    /// An error at a place of the file.
    ///
    /// @param line from 1
    /// @param column from 1, in code points
    public void error(int line, int column, String message) {
        report(Diagnostic.Severity.ERROR, line, column, message);
    }

    /// An error where a value begins.
    public void error(YamlNode at, String message) {
        error(at.line(), at.column(), message);
    }

    /// As [#error(int, int, String)], but nothing is refused.
    public void warning(int line, int column, String message) {
        report(Diagnostic.Severity.WARNING, line, column, message);
    }

    /// An error at the character with this index, counted in code points from 0.
    void errorAt(int codePointIndex, String message) {
        int codePoints = text.codePointCount(0, text.length());
        int index = text.offsetByCodePoints(0, Math.clamp(codePointIndex, 0, codePoints));
        int[] starts = lineStarts();
        int found = Arrays.binarySearch(starts, index);
        int line = found >= 0 ? found : -found - 2;
        error(line + 1, text.codePointCount(starts[line], index) + 1, message);
    }

    private void report(Diagnostic.Severity severity, int line, int column, String message) {
        int inFile = Math.clamp(line, 1, lineStarts().length);
        String full = line(inFile);
        int inLine = Math.clamp(column, 1, full.codePointCount(0, full.length()) + 1);
        String shown = full.length() <= MAX_SHOWN ? full : full.substring(0, MAX_SHOWN);
        diagnostics.add(new Diagnostic(severity, file, inFile, inLine, message, shown));
    }

    private String line(int number) {
        int[] starts = lineStarts();
        int start = starts[number - 1];
        int end = number < starts.length ? starts[number] : text.length();
        while (end > start && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
            end--;
        }
        return text.substring(start, end);
    }

    private int[] lineStarts() {
        if (lineStarts == null) {
            lineStarts = findLineStarts(text);
        }
        return lineStarts;
    }

    private static int[] findLineStarts(String text) {
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
