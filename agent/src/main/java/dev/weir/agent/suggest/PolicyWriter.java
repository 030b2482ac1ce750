// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.suggest;

import dev.weir.yaml.Words;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/// Writes a policy line by line: lists in one line where they fit, else an item a line; texts in quotes unless they are
/// plain words.
final class PolicyWriter {
    private static final int COLUMNS = 110;

    private final StringBuilder text = new StringBuilder();

    /// @param indent spaces in front
    PolicyWriter line(int indent, String line) {
        text.append(" ".repeat(indent)).append(line).append('\n');
        return this;
    }

    /// A comment in as many lines as it needs.
    PolicyWriter comment(int indent, String comment) {
        StringBuilder line = new StringBuilder("#");
        for (String word : shown(comment).split(" ", -1)) {
            if (indent + line.length() + word.length() >= COLUMNS) {
                line(indent, line.toString());
                line.setLength(1);
            }
            line.append(' ').append(word);
        }
        return line(indent, line.toString());
    }

    private static String shown(String text) {
        return text.codePoints()
                .map(c -> Words.isVisible(c) ? c : '?')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /// A key with one value or a list of them.
    ///
    /// @param key with what stands in front of it, as in `- allow`
    PolicyWriter list(int indent, String key, List<String> values) {
        String joined = values.stream().map(PolicyWriter::quoted).collect(Collectors.joining(", "));
        String line = key + ": " + (values.size() == 1 ? joined : "[" + joined + "]");
        return indent + line.length() <= COLUMNS ? line(indent, line) : block(indent, key, values);
    }

    /// A key with a list, an item a line.
    PolicyWriter block(int indent, String key, Collection<String> values) {
        line(indent, key + ":");
        int inner = indent + (key.startsWith("- ") ? 4 : 2);
        values.forEach(value -> line(inner, "- " + quoted(value)));
        return this;
    }

    /// A text as YAML: words and IPv4 prefixes plain, everything else in quotes (YAML 1.2, section 7.3).
    static String quoted(String value) {
        boolean word = value.matches("[A-Za-z][A-Za-z0-9./_-]*") && !value.matches("(?i)true|false|null|yes|no|on|off");
        return word || value.matches("[0-9]+(\\.[0-9]+){3}(/[0-9]+)?") ? value : escaped(value);
    }

    /// In double quotes, with escapes for what is not shown (section 5.7).
    private static String escaped(String value) {
        StringBuilder text = new StringBuilder("\"");
        value.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                text.append('\\').appendCodePoint(c);
            } else if (Words.isVisible(c)) {
                text.appendCodePoint(c);
            } else {
                text.append("\\U%08x".formatted(c));
            }
        });
        return text.append('"').toString();
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
