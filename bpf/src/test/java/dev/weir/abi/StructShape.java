// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A struct as either language lays it out: the form in which the two are compared.
record StructShape(String name, long size, List<Field> fields) {

    /// @param shape type and byte order, such as `be16` or `2 x u64`
    record Field(String name, long offset, long size, String shape) {}

    static StructShape of(StructLayout layout) {
        List<Field> fields = new ArrayList<>();
        long offset = 0;
        for (MemoryLayout member : layout.memberLayouts()) {
            fields.add(new Field(member.name().orElse("(unnamed)"), offset, member.byteSize(), shape(member)));
            offset += member.byteSize();
        }
        return new StructShape(layout.name().orElse("(unnamed)"), layout.byteSize(), fields);
    }

    private static String shape(MemoryLayout layout) {
        return switch (layout) {
            case SequenceLayout array -> array.elementCount() + " x " + shape(array.elementLayout());
            case GroupLayout group -> "struct of " + group.byteSize();
            case ValueLayout value ->
                (value.order() == ByteOrder.BIG_ENDIAN && value.byteSize() > 1 ? "be" : "u") + 8 * value.byteSize();
            default -> layout.toString();
        };
    }

    /// Everything in which the C side and the Java side differ, a line each; nothing where they agree.
    static List<String> differences(Map<String, StructShape> c, Map<String, StructShape> java) {
        List<String> differences = new ArrayList<>();
        c.forEach((name, struct) -> {
            StructShape mirror = java.get(name);
            if (mirror == null) {
                differences.add(name + ": in C only");
            } else {
                struct.compare(mirror, differences);
            }
        });
        java.keySet().stream()
                .filter(name -> !c.containsKey(name))
                .forEach(name -> differences.add(name + ": in Java only"));
        return differences;
    }

    private void compare(StructShape java, List<String> differences) {
        if (size != java.size) {
            differences.add(name + ": C size " + size + ", Java size " + java.size);
        }
        for (Field field : fields) {
            String at = name + "." + field.name;
            Field mirror = java.find(field.name);
            if (mirror == null) {
                differences.add(at + ": in C only");
                continue;
            }
            if (field.offset != mirror.offset) {
                differences.add(at + ": C offset " + field.offset + ", Java offset " + mirror.offset);
            }
            if (field.size != mirror.size) {
                differences.add(at + ": C size " + field.size + ", Java size " + mirror.size);
            } else if (!field.shape.equals(mirror.shape)) {
                differences.add(at + ": C type " + field.shape + ", Java type " + mirror.shape);
            }
        }
        for (Field field : java.fields) {
            if (find(field.name) == null) {
                differences.add(name + "." + field.name + ": in Java only");
            }
        }
    }

    private @Nullable Field find(String field) {
        return fields.stream().filter(f -> f.name.equals(field)).findFirst().orElse(null);
    }
}
