// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What Weir serves to Prometheus, and the dashboard and alerts that stand on it, as Prometheus itself takes them.
class PrometheusTest extends HostTest {
    private static final Path GRAFANA = Path.of("..", "grafana");
    private static final Path ALERTS = GRAFANA.resolve("alerts.yaml");
    private static final Pattern NAME = Pattern.compile("\\b(?:weir|jvm|process)_[a-z_]+|\\bup\\b");

    /// Reads all that it is given as OpenMetrics, and is strict about it; for the Python that Debian brings.
    private static final String STRICT = """
            import sys
            from prometheus_client.openmetrics.parser import text_string_to_metric_families
            families = list(text_string_to_metric_families(open(sys.argv[1]).read()))
            print(sum(family.name.startswith("weir_") for family in families))
            """;

    private static final String POLICY = """
            applies-to: {namespaces: [blue]}
            ingress:
              default: deny
              rules:
                - {name: open, allow: tcp/80}
            """;

    @Test
    void strictReadersFindNothingWrongInEitherForm() throws IOException {
        redAndBlue();
        save("blue.yaml", POLICY);
        try (AgentProcess agent = AgentProcess.enforcing(policies, pins.root())) {
            talk();
            Path text = Files.writeString(home.resolve("metrics.txt"), scrape(agent, "text/plain"));
            Path open = Files.writeString(
                    home.resolve("metrics.openmetrics"), scrape(agent, "application/openmetrics-text"));

            assertEquals(
                    new Shell.Result(0, ""),
                    Shell.attempt(List.of("sh", "-c", "promtool check metrics <" + text)),
                    "promtool check metrics");
            Shell.Result read = Shell.attempt(List.of("/usr/bin/python3", "-c", STRICT, open.toString()));
            assertEquals(0, read.status(), read.output());
            assertTrue(Integer.parseInt(read.output().strip()) > 20, read.output());
            assertTrue(Files.readString(open).contains("\nweir_packets_created{namespace=\"blue\","));
            assertFalse(Files.readString(text).contains("_created"));
        }
    }

    @Test
    void alertsAreWellFormedAndFireWhenTheyShould() {
        for (String check : List.of(
                "promtool check rules " + ALERTS,
                "promtool test rules " + Path.of("src", "test", "resources", "prometheus", "alerts-test.yaml"))) {
            Shell.Result result = Shell.attempt(List.of(check.split(" ")));
            assertEquals(0, result.status(), check + ": " + result.output());
        }
    }

    @Test
    void everyExpressionOfDashboardAndAlertsHasAnAnswer() throws IOException {
        redAndBlue();
        save("blue.yaml", POLICY);
        try (AgentProcess agent = AgentProcess.enforcing(policies, pins.root());
                Prometheus prometheus = Prometheus.scraping(agent.address(), ALERTS, home.resolve("prometheus"))) {
            awaitAnswer(prometheus, "weir_policy_reloads_total{result=\"applied\"}");
            save("blue.yaml", POLICY.replace("tcp/80", "[tcp/80, tcp/81]"));
            awaitAnswer(prometheus, "increase(weir_policy_reloads_total{result=\"applied\"}[5m]) > 0");
            talk();

            Set<String> named = new TreeSet<>();
            for (String expression : dashboard(named)) {
                awaitAnswer(prometheus, expression);
            }
            for (JsonNode rule : awaitRules(prometheus)) {
                addNames(rule.get("query").asText(), named);
                prometheus.query(rule.get("query").asText());
            }
            awaitAnswer(prometheus, "weir_flows_opened_created"); // it asks for OpenMetrics
            Set<String> known = new HashSet<>();
            prometheus.get("/api/v1/label/__name__/values").forEach(name -> known.add(name.asText()));
            named.removeAll(known);
            assertEquals(Set.of(), named, "names that nobody serves");
        }
    }

    /// A handshake, and packets that are refused.
    private static void talk() throws IOException {
        try (ServerSocket server = Probe.echo("blue", "10.10.0.3", 80)) {
            assertTrue(Inside.connectsAtLast("red", "10.10.0.3", server.getLocalPort()));
        }
        assertFalse(Inside.connects("red", "10.10.0.3", 99));
    }

    private static String scrape(AgentProcess agent, String accept) throws IOException {
        URI uri = URI.create(
                "http://127.0.0.1:%d/metrics".formatted(agent.address().getPort()));
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setRequestProperty("Accept", accept);
        connection.setConnectTimeout(Inside.PATIENCE_MILLIS);
        connection.setReadTimeout(Inside.PATIENCE_MILLIS);
        try (var body = connection.getInputStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// The expressions of all panels, as Grafana asks them with everything chosen.
    ///
    /// @param named takes the names of what they ask for, and of what the choices are made from
    private static List<String> dashboard(Set<String> named) throws IOException {
        JsonNode dashboard =
                new ObjectMapper().readTree(GRAFANA.resolve("weir.json").toFile());
        dashboard
                .at("/templating/list")
                .forEach(choice -> addNames(choice.path("definition").asText(), named));
        List<String> expressions = new ArrayList<>();
        for (JsonNode panel : dashboard.get("panels")) {
            for (JsonNode target : panel.path("targets")) {
                expressions.add(target.get("expr")
                        .asText()
                        .replace("$__rate_interval", "5m")
                        .replace("$instance", ".*")
                        .replace("$namespace", ".*")
                        .replace("$job", "weir"));
            }
        }
        assertTrue(expressions.size() > 30 && expressions.stream().noneMatch(each -> each.contains("$")));
        expressions.forEach(expression -> addNames(expression, named));
        return expressions;
    }

    private static void addNames(String expression, Set<String> names) {
        Matcher matcher = NAME.matcher(expression);
        while (matcher.find()) {
            names.add(matcher.group());
        }
    }

    private static void awaitAnswer(Prometheus prometheus, String expression) {
        Await.within(
                Prometheus.PATIENCE,
                "there is an answer to " + expression,
                prometheus::log,
                () -> !prometheus.query(expression).isEmpty());
    }

    /// The alert rules, once each has been evaluated.
    private static JsonNode awaitRules(Prometheus prometheus) {
        JsonNode[] rules = new JsonNode[1];
        Await.within(Prometheus.PATIENCE, "every alert is evaluated", () -> rules[0], () -> {
            rules[0] = prometheus.get("/api/v1/rules?type=alert").at("/groups/0/rules");
            return !rules[0].isEmpty()
                    && rules[0].valueStream()
                            .allMatch(rule -> rule.get("health").asText().equals("ok"));
        });
        return rules[0];
    }
}
