// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/// A mapping whose keys are taken one by one; what nobody took is unknown.
final class YamlMap {
    private final Map<String, NodeTuple> entries = new LinkedHashMap<>();
    private final TreeSet<String> known = new TreeSet<>();
    private final Findings findings;

    private YamlMap(Findings findings) {
        this.findings = findings;
    }

    /// The entries of a mapping; duplicate keys and keys that are not plain words are noted and left out.
    static YamlMap of(Node node, Findings findings) throws WrongValue {
        if (!(node instanceof MappingNode mapping)) {
            throw new WrongValue("expected a mapping, `key: value`");
        }
        YamlMap map = new YamlMap(findings);
        for (NodeTuple entry : mapping.getValue()) {
            if (!(entry.getKeyNode() instanceof ScalarNode key)) {
                findings.add(entry.getKeyNode(), "expected a plain word as key");
            } else if (map.entries.putIfAbsent(key.getValue(), entry) != null) {
                findings.add(key, "duplicate key '" + key.getValue() + "'");
            }
        }
        return map;
    }

    /// Reads a mapping by a function that takes all its keys.
    static <T> YamlReader<T> reader(Function<YamlMap, T> body) {
        return (node, findings) -> {
            YamlMap map = of(node, findings);
            T value = body.apply(map);
            map.end();
            return value;
        };
    }

    Collection<NodeTuple> entries() {
        return entries.values();
    }

    /// The value of `key`, or `absent` when the file does not mention it or says something wrong, which is noted.
    <T> T get(String key, T absent, YamlReader<T> reader) {
        known.add(key);
        NodeTuple entry = entries.get(key);
        T value = entry == null ? null : reader.readOrNote(entry.getValueNode(), findings);
        return value == null ? absent : value;
    }

    /// A key of a feature that this version lacks: any value but `only` is noted as not supported.
    <T> T fixed(String key, T only, YamlReader<T> reader) {
        T value = get(key, only, reader);
        if (!value.equals(only)) {
            unsupported(key);
        }
        return only;
    }

    /// Notes that what the file says under `key` is not supported.
    void unsupported(String key) {
        NodeTuple entry = entries.get(key);
        if (entry != null) {
            findings.add(entry.getValueNode(), "this value of '" + key + "' is not supported by this version");
        }
    }

    /// A mapping with keys of its own, all of which `body` takes.
    <T> T section(String key, T absent, BiFunction<YamlMap, T, T> body) {
        return get(key, absent, reader(map -> body.apply(map, absent)));
    }

    /// Notes every key that nobody took.
    private void end() {
        for (Map.Entry<String, NodeTuple> entry : entries.entrySet()) {
            if (!known.contains(entry.getKey())) {
                findings.add(
                        entry.getValue().getKeyNode(),
                        "unknown key '" + entry.getKey() + "', expected one of " + List.copyOf(known));
            }
        }
    }
}
