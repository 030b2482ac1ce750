// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What an agent is asked for: the parameters behind a path, in the order in which they were put.
final class Query {
    private final Map<String, List<String>> parameters = new LinkedHashMap<>();

    /// Gives a parameter its only value; null: leaves it as it is.
    Query put(String name, @Nullable String value) {
        return value == null ? this : put(name, List.of(value));
    }

    /// Gives a parameter its values; none: leaves it as it is.
    Query put(String name, List<String> values) {
        if (!values.isEmpty()) {
            parameters.put(name, List.copyOf(values));
        }
        return this;
    }

    Map<String, List<String>> parameters() {
        return parameters;
    }

    /// What to ask an agent under this path.
    String target(String path) {
        String query = parameters.entrySet().stream()
                .flatMap(each ->
                        each.getValue().stream().map(value -> each.getKey() + "=" + URLEncoder.encode(value, UTF_8)))
                .collect(Collectors.joining("&"));
        return path + (query.isEmpty() ? "" : "?" + query);
    }
}
