// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.policy.Glob;
import dev.weir.policy.Selector;
import dev.weir.yaml.Fields;
import dev.weir.yaml.Source;
import dev.weir.yaml.YamlNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Reads `applies-to`.
final class SelectorReader {
    private static final String EXPECTED = "expected `namespaces`, `labels` or `devices` with at least one value";

    private final Source source;
    private final Values values;

    SelectorReader(Source source) {
        this.source = source;
        this.values = new Values(source);
    }

    /// Empty if it could select nothing, which is reported.
    Optional<Selector> read(YamlNode node) {
        Optional<Fields> found =
                Fields.read(source, node, "`applies-to`", List.of("namespaces", "labels", "devices"), List.of());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = found.get();
        if (fields.values().isEmpty() && !fields.anyRefused()) {
            source.error(node, "`applies-to` selects nothing, " + EXPECTED);
        }
        List<Glob> namespaces = globs(fields, "namespaces", "the namespace");
        SortedMap<String, String> labels =
                fields.get("labels").map(this::labels).orElseGet(TreeMap::new);
        List<Glob> devices = globs(fields, "devices", "the device");
        return namespaces.isEmpty() && labels.isEmpty() && devices.isEmpty()
                ? Optional.empty()
                : Optional.of(new Selector(namespaces, labels, devices));
    }

    private List<Glob> globs(Fields fields, String key, String what) {
        return fields.get(key)
                .map(list -> values.list(list, "`" + key + "`", Values.NAME, text -> Names.glob(text, what)))
                .orElse(List.of());
    }

    private SortedMap<String, String> labels(YamlNode node) {
        SortedMap<String, String> labels = new TreeMap<>();
        Optional<Fields> fields = Fields.read(source, node, "`labels`");
        if (fields.isEmpty()) {
            return labels;
        }
        if (fields.get().values().isEmpty()) {
            source.error(node, "`labels` is empty, expected at least one `key: value`");
        }
        for (Map.Entry<String, YamlNode> label : fields.get().values().entrySet()) {
            YamlNode key = fields.get().key(label.getKey());
            if (label.getKey().indexOf('=') >= 0) {
                source.error(key, "the key of a label holds `=`, which ends it in `label:KEY=VALUE`");
            } else if (values.isName(key, label.getKey(), "the key of a label")) {
                values.name(label.getValue(), "the value of a label")
                        .ifPresent(value -> labels.put(label.getKey(), value));
            }
        }
        return labels;
    }
}
