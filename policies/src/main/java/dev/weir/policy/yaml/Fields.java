// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The entries of one mapping by key, held to the keys that may stand there.
final class Fields {
    private final Map<String, YamlNode> values = new LinkedHashMap<>();
    private final YamlNode node;
    private boolean anyRefused;

    private Fields(YamlNode node) {
        this.node = node;
    }

    /// Reads a mapping and reports every key that is unknown, doubled or of a later version.
    ///
    /// @param what it is, for messages: `a rule`
    /// @param known keys that this version reads
    /// @param planned keys that only later versions read
    /// @return empty if the value is no mapping, which is reported
    static Optional<Fields> read(Source source, YamlNode node, String what, List<String> known, List<String> planned) {
        String expected = "expected a mapping with " + String.join(", ", known);
        if (!(node instanceof YamlNode.Mapping mapping)) {
            source.error(node, what + " is " + node.kind() + ", " + expected);
            return Optional.empty();
        }
        Fields fields = new Fields(node);
        for (YamlNode.Entry entry : mapping.entries()) {
            if (!(entry.key() instanceof YamlNode.Scalar scalar)) {
                source.error(
                        entry.key(), "a key of " + what + " is " + entry.key().kind() + ", expected text");
                continue;
            }
            String key = scalar.text();
            fields.anyRefused |= !known.contains(key);
            if (planned.contains(key)) {
                source.error(scalar, "`" + key + "` is not supported by this version");
            } else if (!known.contains(key)) {
                String hint = Names.suggestion(key, known);
                source.error(
                        scalar,
                        what + " has no key `" + shortened(key) + "`"
                                + (hint.isEmpty() ? ", expected " + String.join(", ", known) : hint));
            } else if (fields.values.putIfAbsent(key, entry.value()) != null) {
                source.error(scalar, "`" + key + "` is given twice, expected once");
            }
        }
        return Optional.of(fields);
    }

    /// The mapping itself, for errors about what is not there.
    YamlNode node() {
        return node;
    }

    Optional<YamlNode> get(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /// Whether a key stands here that was reported; it may have been meant for one that now seems to be missing.
    boolean anyRefused() {
        return anyRefused;
    }

    /// A text from the file, short enough for a message.
    static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
