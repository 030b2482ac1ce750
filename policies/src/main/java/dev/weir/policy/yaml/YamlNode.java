// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import java.util.List;

/// A value in a file, and where it begins: line and column from 1.
sealed interface YamlNode {
    int line();

    int column();

    /// Values in it, itself included; an alias counts what it stands for.
    int size();

    /// What the reader of a message would call it.
    String kind();

    /// One text.
    ///
    /// @param type what YAML's JSON schema makes of it
    record Scalar(String text, Type type, int line, int column) implements YamlNode {
        enum Type {
            TEXT("text"),
            INTEGER("a number"),
            FRACTION("a number with a fraction"),
            BOOLEAN("a boolean"),
            NULL("nothing"),
            OTHER("a value with a tag of its own");

            private final String words;

            Type(String words) {
                this.words = words;
            }
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public String kind() {
            return type.words;
        }
    }

    record Sequence(List<YamlNode> items, int size, int line, int column) implements YamlNode {
        @Override
        public String kind() {
            return "a list";
        }
    }

    record Mapping(List<Entry> entries, int size, int line, int column) implements YamlNode {
        @Override
        public String kind() {
            return "a mapping";
        }
    }

    record Entry(YamlNode key, YamlNode value) {}
}
