// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which flows or events to show, as the agent's parameters; what is wrong with a value is for their reader to say.
final class TrafficOptions {
    @Option(names = "--namespace", paramLabel = "GLOB", description = "Only those of these namespaces.")
    @Nullable
    String namespace;

    @Option(names = "--peer", paramLabel = "CIDR", description = "Only those with an outside address in here.")
    @Nullable
    String peer;

    @Option(
            names = "--service",
            paramLabel = "SERVICE",
            description = "Only this service: tcp, tcp/443, udp/8000-8099, icmp/8.")
    @Nullable
    String service;

    @Option(
            names = "--verdict",
            paramLabel = "VERDICT",
            description = "Only those with this verdict: allow, deny, reject, audit.")
    @Nullable
    String verdict;

    @Option(names = "--limit", paramLabel = "COUNT", description = "How many at most, up to 10000; 100 when absent.")
    @Nullable
    String limit;

    @Option(
            names = "--cursor",
            paramLabel = "CURSOR",
            description = "Go on after the page that ended with this cursor.")
    @Nullable
    String cursor;

    /// Those that were given; the caller's to add to.
    Map<String, List<String>> parameters() {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        put(parameters, "namespace", namespace);
        put(parameters, "peer", peer);
        put(parameters, "service", service);
        put(parameters, "verdict", verdict);
        put(parameters, "limit", limit);
        put(parameters, "cursor", cursor);
        return parameters;
    }

    private static void put(Map<String, List<String>> parameters, String name, @Nullable String value) {
        if (value != null) {
            parameters.put(name, List.of(value));
        }
    }

    /// What to ask an agent with these parameters.
    static String target(String path, Map<String, List<String>> parameters) {
        String query = parameters.entrySet().stream()
                .map(each ->
                        each.getKey() + "=" + URLEncoder.encode(each.getValue().getFirst(), UTF_8))
                .collect(Collectors.joining("&"));
        return path + (query.isEmpty() ? "" : "?" + query);
    }
}
