// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.agent.http.RawClient.Answer;
import dev.weir.agent.view.SampleView;
import dev.weir.agent.view.StatusView;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.time.Instant;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Holds the description of the server to what the server does.
class OpenApiTest {
    private static final JsonMapper MAPPER = new JsonMapper();

    private final SampleView view = new SampleView();
    private HttpServer server;
    private RawClient client;
    private JsonNode described;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), view);
        client = new RawClient(server.address());
        described = MAPPER.readTree(client.get("/api/v1/openapi.json").body());
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        server.close();
    }

    @Test
    void everyPathIsDescribedAndNoOther() {
        Set<String> paths = new HashSet<>();
        described.path("paths").fieldNames().forEachRemaining(paths::add);
        Set<String> served = new HashSet<>(Routes.ASKED);
        served.addAll(Set.of("/", "/healthz", "/api/v1/", "/api/v1/openapi.json"));

        assertEquals(served, paths);
        assertTrue(described.path("openapi").asText().startsWith("3.1."));
    }

    @Test
    void everyAnswerIsOfItsSchema() throws Exception {
        for (Map.Entry<String, JsonNode> path : described.path("paths").properties()) {
            JsonNode get = path.getValue().path("get");
            JsonNode content = get.path("responses").path("200").path("content");
            String type = content.fieldNames().next();
            String target = path.getKey() + required(get);
            if (type.equals("text/event-stream")) {
                try (StreamClient stream = new StreamClient(server.address(), target, null)) {
                    assertTrue(stream.header.contains("content-type: text/event-stream\n"), stream.header);
                    String schema = path.getKey().contains("flows") ? "FlowChanges" : "Event";
                    check(MAPPER.readTree(stream.next().data()), schema(schema), path.getKey());
                }
                continue;
            }
            Answer answer = client.get(target);
            assertEquals(200, answer.status(), target);
            assertTrue(answer.header("content-type").startsWith(type), target);
            if (type.equals("application/json")) {
                JsonNode schema = content.path(type).path("schema");
                check(MAPPER.readTree(answer.body().getBytes(UTF_8)), schema, path.getKey());
            }
        }
    }

    @Test
    void everyParameterIsTaken() throws Exception {
        int taken = 0;
        for (Map.Entry<String, JsonNode> path : described.path("paths").properties()) {
            JsonNode get = path.getValue().path("get");
            for (JsonNode each : get.path("parameters")) {
                JsonNode parameter = resolved(each);
                if (parameter.has("example") && parameter.path("in").asText().equals("query")) {
                    String name = parameter.path("name").asText();
                    JsonNode example = parameter.path("example");
                    String value = URLEncoder.encode(
                            example.isArray() ? example.path(0).asText() : example.asText(), UTF_8);
                    try (StreamClient asked =
                            new StreamClient(server.address(), path.getKey() + "?" + name + "=" + value, null)) {
                        assertEquals(200, asked.status, path.getKey() + " " + name);
                    }
                    taken++;
                }
            }
            if (get.has("parameters")) {
                Answer wrong = client.get(path.getKey() + "?colour=red");
                assertEquals(400, wrong.status());
                check(MAPPER.readTree(wrong.body()), schema("Problem"), path.getKey());
                for (String word : wrong.body()
                        .replaceFirst("(?s).*expected one of \\[([^\\]]*)\\].*", "$1")
                        .split(", ", -1)) {
                    assertTrue(names(get).contains(word), () -> path.getKey() + " takes " + word + " too");
                }
            }
        }
        assertTrue(taken > 72, taken + " were tried");
    }

    @Test
    void readinessHasAProblemOfItsOwn() throws Exception {
        view.status = () -> SampleView.status(StatusView.State.NOT_ENFORCING, SampleView.DETACHED);
        Answer answer = client.get("/readyz");

        assertEquals(503, answer.status());
        for (JsonNode name : schema("Problem").path("required")) {
            assertTrue(MAPPER.readTree(answer.body()).has(name.asText()), answer.body());
        }
        check(MAPPER.readTree(client.get("/api/v1/status").body()), schema("Status"), "status");
    }

    @Test
    void whatIsNotOfASchemaIsFound() throws Exception {
        JsonNode lost = schema("Lost");
        check(MAPPER.readTree("{\"events\":1}"), lost, "right");
        for (String wrong : new String[] {"{}", "{\"events\":\"1\"}", "{\"events\":1,\"more\":2}", "[]", "null"}) {
            boolean found = false;
            try {
                check(MAPPER.readTree(wrong), lost, "wrong");
            } catch (AssertionError e) {
                found = true;
            }
            assertTrue(found, wrong);
        }
    }

    private static String required(JsonNode get) {
        for (JsonNode parameter : get.path("parameters")) {
            if (parameter.path("required").asBoolean()) {
                return "?" + parameter.path("name").asText() + "="
                        + parameter.path("example").asText();
            }
        }
        return "";
    }

    private Set<String> names(JsonNode get) {
        Set<String> names = new HashSet<>();
        get.path("parameters")
                .forEach(each -> names.add(resolved(each).path("name").asText()));
        return names;
    }

    private JsonNode schema(String name) {
        return described.path("components").path("schemas").path(name);
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? described.at(node.path("$ref").asText().substring(1)) : node;
    }

    /// Fails unless a value is of a schema. Knows the words that the description uses, and is stricter
    /// than they are: a field that is not named is wrong too.
    private void check(JsonNode value, JsonNode unresolved, String where) {
        JsonNode schema = resolved(unresolved);
        assertFalse(schema.isMissingNode(), where + " has no schema");
        if (schema.has("anyOf")) {
            if (!value.isNull()) {
                check(value, schema.path("anyOf").path(0), where);
            }
            return;
        }
        JsonNode types = schema.path("type");
        boolean fits = types.isArray() ? is(value, types.path(0)) || is(value, types.path(1)) : is(value, types);
        assertTrue(fits, () -> where + " is " + value + ", expected " + types);
        if (value.isNull()) {
            return;
        }
        if (schema.has("enum")) {
            boolean known = false;
            for (JsonNode word : schema.path("enum")) {
                known |= word.equals(value);
            }
            assertTrue(known, where + " is " + value);
        }
        if (schema.path("format").asText().equals("date-time")) {
            Instant.parse(value.asText());
        }
        if (value.isArray()) {
            for (JsonNode each : value) {
                check(each, schema.path("items"), where + "[]");
            }
        }
        for (JsonNode name : schema.path("required")) {
            assertTrue(value.has(name.asText()), where + " lacks " + name);
        }
        if (schema.has("properties")) {
            for (Iterator<Map.Entry<String, JsonNode>> fields =
                            value.properties().iterator();
                    fields.hasNext(); ) {
                Map.Entry<String, JsonNode> field = fields.next();
                JsonNode property = schema.path("properties").path(field.getKey());
                check(field.getValue(), property, where + "." + field.getKey());
            }
        }
    }

    private static boolean is(JsonNode value, JsonNode type) {
        return switch (type.asText()) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> fail("the description has a type " + type);
        };
    }
}
