// SPDX-License-Identifier: Apache-2.0
package dev.weir.yaml;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// The entries of one mapping by key, held to the keys that may stand there.
public final class Fields {
    private final Map<String, YamlNode.Entry> entries;
    private final YamlNode node;
    private boolean anyRefused;

    private Fields(YamlNode.Mapping node) {
        this.node = node;
        this.entries = LinkedHashMap.newLinkedHashMap(node.entries().size());
    }

    /// Reads a mapping and reports every key that is unknown, doubled or of a later version.
    ///
    /// @param what it is, for messages: `a rule`
    /// @param known keys that this version reads
    /// @param planned keys that only later versions read
    /// @return empty if the value is no mapping, which is reported
    public static Optional<Fields> read(
            Source source, YamlNode node, String what, List<String> known, List<String> planned) {
        // A file has thousands of rules: nothing is put into words before it is needed.
        return read(source, node, what, () -> "with " + String.join(", ", known), key -> {
            if (known.contains(key)) {
                return "";
            } else if (planned.contains(key)) {
                return "`" + key + "` is not supported by this version";
            }
            String hint = Words.suggestion(key, known);
            return what + " has no key `" + Words.shortened(key) + "`"
                    + (hint.isEmpty() ? ", expected " + String.join(", ", known) : hint);
        });
    }

    /// Reads a mapping whose keys are free, and reports what is doubled.
    public static Optional<Fields> read(Source source, YamlNode node, String what) {
        return read(source, node, what, () -> "of `key: value`", _ -> "");
    }

    /// @param form what the mapping should look like
    /// @param problem what is wrong with a key; empty if nothing is
    private static Optional<Fields> read(
            Source source, YamlNode node, String what, Supplier<String> form, UnaryOperator<String> problem) {
        if (!(node instanceof YamlNode.Mapping mapping)) {
            source.error(node, what + " is " + node.kind() + ", expected a mapping " + form.get());
            return Optional.empty();
        }
        Fields fields = new Fields(mapping);
        for (YamlNode.Entry entry : mapping.entries()) {
            if (!(entry.key() instanceof YamlNode.Scalar scalar)) {
                source.error(
                        entry.key(), "a key of " + what + " is " + entry.key().kind() + ", expected text");
                continue;
            }
            String key = scalar.text();
            String wrong = problem.apply(key);
            fields.anyRefused |= !wrong.isEmpty();
            if (!wrong.isEmpty()) {
                source.error(scalar, wrong);
            } else if (fields.entries.putIfAbsent(key, entry) != null) {
                source.error(scalar, "`" + Words.shortened(key) + "` is given twice, expected once");
            }
        }
        return Optional.of(fields);
    }

    /// The mapping itself, for errors about what is not there.
    public YamlNode node() {
        return node;
    }

    /// The values by key, in the order of the file.
    public Map<String, YamlNode> values() {
        Map<String, YamlNode> values = LinkedHashMap.newLinkedHashMap(entries.size());
        entries.forEach((key, entry) -> values.put(key, entry.value()));
        return Collections.unmodifiableMap(values);
    }

    /// The value of a key; empty if the file does not give it.
    public Optional<YamlNode> get(String key) {
        return Optional.ofNullable(entries.get(key)).map(YamlNode.Entry::value);
    }

    /// Where a key stands that the file gives; the mapping itself for another.
    public YamlNode key(String key) {
        YamlNode.Entry entry = entries.get(key);
        return entry == null ? node : entry.key();
    }

    /// Whether a key stands here that was reported; it may have been meant for one that now seems to be
    /// missing.
    public boolean anyRefused() {
        return anyRefused;
    }
}
