// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.weir.policy.Policy;
import dev.weir.policy.gen.Scenarios;
import dev.weir.yaml.Diagnostics;
import dev.weir.yaml.Source;
import dev.weir.yaml.YamlNode;
import dev.weir.yaml.YamlReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `policy.schema.json` refuses nothing that the parser takes, and what both can see is wrong, both refuse.
class SchemaTest {
    private static final JsonSchema SCHEMA = schema();

    @Property
    void generatedPoliciesAreValid(@ForAll("policies") List<Policy> policies) {
        for (Policy policy : policies) {
            assertValid(YamlText.of(policy));
            assertValid(YamlText.of(policy, set -> "{file: " + set.name() + ".txt}"));
        }
    }

    @Property
    void whatTheSchemaRefusesTheParserRefuses(@ForAll("mutants") String text) {
        Optional<JsonNode> json = json(text);
        if (json.isPresent() && !isValid(json.get())) {
            assertInstanceOf(PolicyLoader.Refused.class, PolicyLoader.parse("mutant.yaml", text));
        }
    }

    @Property
    void wordsInTheWrongPlaceToo(@ForAll("swaps") String text) {
        whatTheSchemaRefusesTheParserRefuses(text);
    }

    @Test
    void examplesAreValid() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("examples"))) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".yaml")).toList()) {
                assertValid(Files.readString(file));
            }
        }
    }

    @Test
    void goldenFilesThatTheParserTakesAreValid() throws IOException {
        int taken = 0;
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/golden"))) {
            for (Path file : files.toList()) {
                for (String part : Files.readString(file).split("(?m)^-- .* --\n", -1)) {
                    if (PolicyLoader.parse("golden.yaml", part) instanceof PolicyLoader.Loaded) {
                        assertValid(part);
                        taken++;
                    }
                }
            }
        }
        assertTrue(taken > 15, "only " + taken + " were taken");
    }

    @Test
    void namesOfAllServicesAreValid() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("src/main/resources/dev/weir/policy/yaml/services.txt"))) {
            lines.filter(line -> !line.startsWith("#"))
                    .forEach(line -> assertValid("applies-to: {devices: x}\ningress: {rules: [{allow: "
                            + line.split(" ", -1)[2] + "/" + line.split(" ", -1)[0] + "}]}"));
        }
        IcmpTypes.V4.keySet().forEach(name -> assertValid(rule("{allow: icmp/" + name + "}")));
        IcmpTypes.V6.keySet().forEach(name -> assertValid(rule("{allow: icmpv6/" + name + "/0}")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "text",
                "ingress: {default: deny}",
                "applies-to: {}",
                "applies-to: {namespaces: []}",
                "applies-to: {namespaces: ''}",
                "applies-to: {namespaces: 5}",
                "applies-to: {namespaces: \"a\\tb\"}",
                "applies-to: {namespace: blue}",
                "applies-to: {labels: {}}",
                "applies-to: {labels: {a: 5}}",
                "applies-to: {labels: {a=b: c}}",
                "applies-to: {labels: [a]}",
                "applies-to: {devices: [[br0]]}",
                "applies-to: {devices: abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl}",
                "policy: 5",
                "polcy: blue",
                "priority: 1001",
                "priority: -1",
                "priority: high",
                "priority: 1.5",
                "mode: on",
                "on-change: restart",
                "ingress:",
                "ingress: deny",
                "ingress: {default: drop}",
                "ingress: {default: true}",
                "ingress: {rule: []}",
                "ingress: {rules: {allow: any}}",
                "egress: {rules: [{allow: any, from: any}]}",
                "sets: []",
                "sets: {a: []}",
                "sets: {a: {}}",
                "sets: {a: {path: x}}",
                "sets: {a: {file: 5}}",
                "sets: {a: any}",
                "sets: {a: 192.0.2.256}",
                "sets: {'': 192.0.2.1}",
                "RULE {}",
                "RULE allow",
                "RULE {from: any}",
                "RULE {allow: any, deny: any}",
                "RULE {allow: []}",
                "RULE {allow: 80}",
                "RULE {allow: {tcp: 80}}",
                "RULE {allow: tcp/65536}",
                "RULE {allow: tcp/080}",
                "RULE {allow: tcp/80-}",
                "RULE {allow: tcp/HTTPS}",
                "RULE {allow: tpc/80}",
                "RULE {allow: icmp/256}",
                "RULE {allow: icmp/packet-too-big}",
                "RULE {allow: icmp/3/256}",
                "RULE {allow: proto}",
                "RULE {allow: any/80}",
                "RULE {allow: any, log: yes}",
                "RULE {allow: any, to: any}",
                "RULE {allow: any, name: '#1'}",
                "RULE {allow: any, name: default}",
                "RULE {allow: any, from: []}",
                "RULE {allow: any, from: localhost}",
                "RULE {allow: any, from: 'namespace:'}",
                "RULE {allow: any, from: 'label:a'}",
                "RULE {allow: any, from: 'label:=b'}",
                "RULE {allow: any, from: 'set:'}",
                "RULE {allow: any, from: 10.0.0.0/33}",
                "RULE {allow: any, from: 10.0.0}",
                "RULE {allow: any, from: '2001:db8::/129'}",
                "RULE {allow: any, from: '2001'}",
                "RULE {allow: any, from: 'host:1'}"
            })
    void whatBothCanSeeIsWrongBothRefuse(String broken) {
        String text = broken.startsWith("RULE ")
                ? rule(broken.substring(5))
                : broken.startsWith("applies-to")
                                || broken.startsWith("ingress: {default: deny}")
                                || !broken.contains(":")
                        ? broken
                        : "applies-to: {namespaces: [blue]}\n" + broken;
        assertInstanceOf(PolicyLoader.Refused.class, PolicyLoader.parse("broken.yaml", text));
        assertFalse(isValid(json(text).orElseThrow()));
    }

    @Provide
    Arbitrary<List<Policy>> policies() {
        return Scenarios.policies();
    }

    @Provide
    Arbitrary<String> mutants() {
        return Mutants.mutants();
    }

    @Provide
    Arbitrary<String> swaps() {
        return Mutants.swaps();
    }

    private static String rule(String rule) {
        return "applies-to: {namespaces: [blue]}\ningress: {rules: [" + rule + "]}";
    }

    private static void assertValid(String text) {
        JsonNode json = json(text).orElseThrow();
        assertEquals(List.of(), List.copyOf(SCHEMA.validate(json)), text);
    }

    private static boolean isValid(JsonNode json) {
        return SCHEMA.validate(json).isEmpty();
    }

    /// The document as an editor hands it to the schema; empty if it is not YAML.
    private static Optional<JsonNode> json(String text) {
        return YamlReader.read(new Source("test.yaml", text, new Diagnostics())).map(SchemaTest::json);
    }

    private static JsonNode json(YamlNode node) {
        JsonNodeFactory make = JsonNodeFactory.instance;
        return switch (node) {
            case YamlNode.Sequence list -> {
                ArrayNode array = make.arrayNode();
                list.items().forEach(item -> array.add(json(item)));
                yield array;
            }
            case YamlNode.Mapping mapping -> {
                ObjectNode object = make.objectNode();
                mapping.entries()
                        .forEach(entry -> object.set(
                                entry.key() instanceof YamlNode.Scalar key ? key.text() : "?", json(entry.value())));
                yield object;
            }
            case YamlNode.Scalar scalar ->
                switch (scalar.type()) {
                    case TEXT, OTHER -> make.textNode(scalar.text());
                    case INTEGER -> number(scalar.text());
                    case FRACTION -> make.numberNode(new BigDecimal("1.5"));
                    case BOOLEAN -> make.booleanNode(scalar.text().equals("true"));
                    case NULL -> make.nullNode();
                };
        };
    }

    /// A tag can call any text a number.
    private static JsonNode number(String text) {
        return text.matches("-?[0-9]+")
                ? JsonNodeFactory.instance.numberNode(new BigInteger(text))
                : JsonNodeFactory.instance.textNode(text);
    }

    private static JsonSchema schema() {
        try {
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                    .getSchema(Files.readString(Path.of("policy.schema.json")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
