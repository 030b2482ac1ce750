// SPDX-License-Identifier: Apache-2.0
package dev.weir.yaml;

import java.util.List;
import java.util.Optional;

/// A value in a file, and where it begins: line and column from 1.
public sealed interface YamlNode {
    int line();

    int column();

    /// Values in it, itself included; an alias counts what it stands for.
    int size();

    /// What the reader of a message would call it.
    String kind();

    /// Whether the file says nothing here.
    default boolean isNothing() {
        return this instanceof Scalar scalar && scalar.type() == Scalar.Type.NULL;
    }

    /// The text of a scalar of this type; empty if the value is something else, which is reported.
    ///
    /// @param what the value is, for the message: `the default`
    default Optional<String> scalar(Scalar.Type type, Source source, String what, String expected) {
        if (this instanceof Scalar scalar && scalar.type() == type) {
            return Optional.of(scalar.text());
        }
        source.error(this, what + " is " + kind() + ", expected " + expected);
        return Optional.empty();
    }

    /// The text; empty if the value is none, which is reported.
    default Optional<String> text(Source source, String what, String expected) {
        return scalar(Scalar.Type.TEXT, source, what, expected);
    }

    /// The number from 0 to `max`; empty if the value is none, which is reported.
    default Optional<Integer> number(Source source, String what, int max) {
        String given = kind();
        if (this instanceof Scalar scalar && scalar.type() == Scalar.Type.INTEGER) {
            given = Words.shortened(scalar.text());
            if (given.matches("[0-9]{1,10}") && Long.parseLong(given) <= max) {
                return Optional.of(Integer.valueOf(given));
            }
        }
        source.error(this, what + " is " + given + ", expected a number from 0 to " + max);
        return Optional.empty();
    }

    /// One text.
    ///
    /// @param type what YAML's JSON schema makes of it
    record Scalar(String text, Type type, int line, int column) implements YamlNode {
        /// What a file holds that says nothing.
        static final Scalar NOTHING = new Scalar("", Type.NULL, 1, 1);

        /// What a text can be.
        public enum Type {
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

    /// Values in an order.
    record Sequence(List<YamlNode> items, int size, int line, int column) implements YamlNode {
        @Override
        public String kind() {
            return "a list";
        }
    }

    /// Values by keys.
    record Mapping(List<Entry> entries, int size, int line, int column) implements YamlNode {
        @Override
        public String kind() {
            return "a mapping";
        }
    }

    /// A key, of any kind, and its value.
    record Entry(YamlNode key, YamlNode value) {}
}
