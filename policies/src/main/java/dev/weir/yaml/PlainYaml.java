// SPDX-License-Identifier: Apache-2.0
package dev.weir.yaml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Reads the part of YAML that large policies are written in, more than ten times as fast as the library: mappings and
/// lists by indentation, `{…}` and `[…]` within one line, words, quoted texts without escapes, comments. It refuses
/// nothing and reports nothing: a file with anything else in it, or with anything wrong, is left to the library.
/// `PlainYamlTest` holds the trees of the two to each other.
final class PlainYaml {
    /// Characters of a key; the library takes 1024.
    private static final int MAX_KEY = 128;

    /// Characters that mean nothing but themselves within a word, wherever it stands.
    private static final boolean[] WORD = new boolean[128];

    /// Characters that a word may begin with.
    private static final boolean[] FIRST = new boolean[128];

    static {
        for (char c = 0; c < WORD.length; c++) {
            FIRST[c] =
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/';
            WORD[c] = FIRST[c] || "-.*+@=~".indexOf(c) >= 0;
        }
    }

    private final String text;
    private final int end;
    private int at;
    private int line = 1;
    private int lineStart;
    private int values;

    /// Keys seen last: the same few come again in every rule, and one text serves them all.
    private final String[] keys = new String[31];

    private PlainYaml(String text) {
        this.text = text;
        this.end = text.length();
        Arrays.fill(keys, "");
    }

    /// The tree of the whole file; empty if the library has to read it.
    static Optional<YamlNode> read(String text) {
        try {
            return Optional.of(new PlainYaml(text).document());
        } catch (NotPlain e) {
            return Optional.empty();
        }
    }

    private YamlNode document() throws NotPlain {
        toContent();
        require(at < end && column() == 0);
        YamlNode root = block(0);
        require(at == end);
        return root;
    }

    /// What begins on this line. Ends, as all that reads blocks does, where the next line with content begins; whether
    /// that line's column fits is seen by who goes on there, or by [#document] if nobody can.
    private YamlNode block(int depth) throws NotPlain {
        return atItem() ? sequence(depth) : mapping(depth);
    }

    private YamlNode sequence(int depth) throws NotPlain {
        require(depth < YamlReader.MAX_DEPTH);
        int column = column();
        int startLine = line;
        int before = count();
        List<YamlNode> items = new ArrayList<>();
        while (at < end && column() == column && atItem()) {
            at++;
            skipSpaces();
            items.add(atKey() ? mapping(depth + 1) : inline(depth + 1));
        }
        return new YamlNode.Sequence(items, values - before, startLine, column + 1);
    }

    private YamlNode mapping(int depth) throws NotPlain {
        require(depth < YamlReader.MAX_DEPTH);
        int column = column();
        int startLine = line;
        int before = count();
        List<YamlNode.Entry> entries = new ArrayList<>(4);
        do {
            YamlNode key = key();
            if (skipSpaces() == '\n' || at == end || text.charAt(at) == '#') {
                toNextLine();
                require(column() > column || (column() == column && atItem()));
                require(at < end);
                entries.add(new YamlNode.Entry(key, block(depth + 1)));
            } else {
                entries.add(new YamlNode.Entry(key, inline(depth + 1)));
            }
        } while (at < end && column() == column);
        return new YamlNode.Mapping(entries, values - before, startLine, column + 1);
    }

    /// A value that ends on its line, and the rest of that line.
    private YamlNode inline(int depth) throws NotPlain {
        YamlNode value = value(depth);
        toNextLine();
        return value;
    }

    private YamlNode value(int depth) throws NotPlain {
        require(depth < YamlReader.MAX_DEPTH && at < end);
        return switch (text.charAt(at)) {
            case '[' -> list(depth);
            case '{' -> braces(depth);
            case '"', '\'' -> quoted();
            default -> scalar(wordEnd());
        };
    }

    private YamlNode list(int depth) throws NotPlain {
        int column = column();
        int before = count();
        List<YamlNode> items = new ArrayList<>(4);
        at++;
        if (skipSpaces() == ']') {
            at++;
        } else {
            do {
                items.add(value(depth + 1));
            } while (more(']'));
        }
        return new YamlNode.Sequence(items, values - before, line, column + 1);
    }

    private YamlNode braces(int depth) throws NotPlain {
        int column = column();
        int before = count();
        List<YamlNode.Entry> entries = new ArrayList<>(4);
        at++;
        if (skipSpaces() == '}') {
            at++;
        } else {
            do {
                YamlNode key = key();
                skipSpaces();
                entries.add(new YamlNode.Entry(key, value(depth + 1)));
            } while (more('}'));
        }
        return new YamlNode.Mapping(entries, values - before, line, column + 1);
    }

    /// Whether a comma follows, behind which another value begins, or the end.
    private boolean more(char closing) throws NotPlain {
        char c = skipSpaces();
        require(c == ',' || c == closing);
        at++;
        if (c == ',') {
            skipSpaces();
        }
        return c == ',';
    }

    /// A word and the colon behind it.
    private YamlNode key() throws NotPlain {
        require(atKey());
        count();
        int colon = wordEnd();
        int place = (text.charAt(at) + colon - at) % keys.length;
        String word = keys[place];
        if (word.length() != colon - at || !text.startsWith(word, at)) {
            word = text.substring(at, colon);
            keys[place] = word;
        }
        YamlNode key = new YamlNode.Scalar(word, YamlReader.plainType(word), line, column() + 1);
        at = colon + 1;
        return key;
    }

    private YamlNode quoted() throws NotPlain {
        char quote = text.charAt(at);
        int close = at + 1;
        while (close < end && text.charAt(close) != quote) {
            char c = text.charAt(close++);
            require(isShown(c) && c != '\\');
        }
        require(close < end && (close + 1 == end || text.charAt(close + 1) != quote));
        values++;
        YamlNode value =
                new YamlNode.Scalar(text.substring(at + 1, close), YamlNode.Scalar.Type.TEXT, line, column() + 1);
        at = close + 1;
        return value;
    }

    private YamlNode scalar(int wordEnd) throws NotPlain {
        require(wordEnd > at);
        count();
        String word = text.substring(at, wordEnd);
        YamlNode scalar = new YamlNode.Scalar(word, YamlReader.plainType(word), line, column() + 1);
        at = wordEnd;
        return scalar;
    }

    /// Where the word that begins here ends; here if none begins. A colon belongs to it if the word goes on behind.
    private int wordEnd() {
        int i = at;
        if (i == end || !is(FIRST, text.charAt(i))) {
            return i;
        }
        while (++i < end) {
            char c = text.charAt(i);
            boolean inside = is(WORD, c)
                    || (c == ':' && i + 1 < end && (text.charAt(i + 1) == ':' || is(WORD, text.charAt(i + 1))));
            if (!inside) {
                break;
            }
        }
        return i;
    }

    private boolean atItem() {
        return text.startsWith("- ", at);
    }

    private boolean atKey() {
        int colon = wordEnd();
        return colon > at
                && colon - at <= MAX_KEY
                && colon < end
                && text.charAt(colon) == ':'
                && (colon + 1 == end || text.charAt(colon + 1) == ' ' || text.charAt(colon + 1) == '\n');
    }

    /// Returns how many values there were before this one.
    private int count() throws NotPlain {
        require(values < YamlReader.MAX_VALUES);
        return values++;
    }

    /// From 0.
    private int column() {
        return at - lineStart;
    }

    /// Returns the character behind them; a line's end at the end of the file.
    private char skipSpaces() {
        while (at < end && text.charAt(at) == ' ') {
            at++;
        }
        return at < end ? text.charAt(at) : '\n';
    }

    /// Passes over the rest of a line, which holds nothing but a comment at most, and to the content that comes next.
    private void toNextLine() throws NotPlain {
        int before = at;
        char c = skipSpaces();
        require(c == '\n' || (c == '#' && at > before));
        toContent();
    }

    /// To the first character that is neither a space nor part of a comment, or to the end.
    private void toContent() throws NotPlain {
        while (true) {
            char c = skipSpaces();
            if (c == '#') {
                while (at < end && text.charAt(at) != '\n') {
                    require(isShown(text.charAt(at++)));
                }
            } else if (c != '\n') {
                return;
            }
            if (at == end) {
                return;
            }
            at++;
            line++;
            lineStart = at;
        }
    }

    private static boolean is(boolean[] kind, char c) {
        return c < kind.length && kind[c];
    }

    /// Whether the character may stand in a comment or between quotes and takes one place there. Not all that may are
    /// found here.
    private static boolean isShown(char c) {
        return (c >= ' ' && c <= '~') || (c >= '\u00a0' && c < '\u2000');
    }

    private static void require(boolean plain) throws NotPlain {
        if (!plain) {
            throw new NotPlain();
        }
    }

    /// The file holds something that only the library reads.
    private static final class NotPlain extends Exception {
        private static final long serialVersionUID = 1L;

        NotPlain() {
            super("not plain", null, false, false);
        }
    }
}
