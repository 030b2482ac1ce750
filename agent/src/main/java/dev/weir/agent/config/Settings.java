// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import dev.weir.yaml.Fields;
import dev.weir.yaml.Source;
import java.util.List;
import java.util.function.BiFunction;

/// A mapping in weir.yaml: values by key, and another one where the file says nothing or something wrong.
record Settings(Source source, Fields fields) {
    /// The value of `key`; `absent` when the file does not mention it or says something wrong, which is reported.
    <T> T get(String key, T absent, Setting<T> setting) {
        return fields.get(key)
                .flatMap(node -> setting.read(source, "`" + key + "`", node))
                .orElse(absent);
    }

    /// A mapping with these keys, which `body` reads.
    <T> T section(String key, T absent, List<String> keys, BiFunction<Settings, T, T> body) {
        return get(
                key,
                absent,
                (_, what, node) -> Fields.read(source, node, what, keys, List.of())
                        .map(found -> body.apply(new Settings(source, found), absent)));
    }
}
