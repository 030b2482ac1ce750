// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.abi.StructShape.Field;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The debug types of `abi.bpf.o`, as `bpftool btf dump file … -j` prints them.
final class Btf {
    private static final Map<String, String> SCALARS = Map.of(
            "__u8",
            "u8",
            "__u16",
            "u16",
            "__u32",
            "u32",
            "__u64",
            "u64",
            "__be16",
            "be16",
            "__be32",
            "be32",
            "weir_sum",
            "u64");

    private final Map<Integer, JsonNode> types = new HashMap<>();

    static Btf read(Path json) throws IOException {
        Btf btf = new Btf();
        for (JsonNode type : new ObjectMapper().readTree(json.toFile()).get("types")) {
            btf.types.put(type.get("id").asInt(), type);
        }
        return btf;
    }

    /// Every `struct weir_*` by name.
    Map<String, StructShape> structs() {
        Map<String, StructShape> structs = new LinkedHashMap<>();
        for (JsonNode type : types.values()) {
            String name = type.get("name").asText();
            if (kind(type).equals("STRUCT") && name.startsWith("weir_")) {
                List<Field> fields = new ArrayList<>();
                for (JsonNode member : type.get("members")) {
                    JsonNode of = target(member);
                    fields.add(new Field(
                            member.get("name").asText(),
                            member.get("bits_offset").asLong() / 8,
                            size(of),
                            shape(of)));
                }
                structs.put(name, new StructShape(name, type.get("size").asLong(), fields));
            }
        }
        return structs;
    }

    /// Every `enum weir_*` by name: its constants and their numbers.
    Map<String, Map<String, Long>> enums() {
        Map<String, Map<String, Long>> enums = new LinkedHashMap<>();
        for (JsonNode type : types.values()) {
            String name = type.get("name").asText();
            if (kind(type).equals("ENUM") && name.startsWith("weir_")) {
                Map<String, Long> values = new LinkedHashMap<>();
                type.get("values")
                        .forEach(value -> values.put(
                                value.get("name").asText(), value.get("val").asLong()));
                enums.put(name, values);
            }
        }
        return enums;
    }

    private long size(JsonNode type) {
        return switch (kind(type)) {
            case "TYPEDEF" -> size(target(type));
            case "ARRAY" -> type.get("nr_elems").asLong() * size(target(type));
            default -> type.get("size").asLong();
        };
    }

    private String shape(JsonNode type) {
        return switch (kind(type)) {
            case "ARRAY" -> type.get("nr_elems").asText() + " x " + shape(target(type));
            case "STRUCT" -> "struct of " + size(type);
            default ->
                SCALARS.getOrDefault(type.get("name").asText(), type.get("name").asText());
        };
    }

    private JsonNode target(JsonNode type) {
        return requireNonNull(types.get(type.get("type_id").asInt()));
    }

    private static String kind(JsonNode type) {
        return type.get("kind").asText();
    }
}
