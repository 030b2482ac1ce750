// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.policy.SourcePosition;
import dev.weir.yaml.Source;
import dev.weir.yaml.Words;
import dev.weir.yaml.YamlNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The kinds of values that keys of a policy have. What is wrong is reported and left out.
final class Values {
    static final String NAME = "a name, in quotes if it looks like something else";

    private final Source source;

    Values(Source source) {
        this.source = source;
    }

    /// Turns one text into a value.
    interface Reader<T> {
        T read(String text) throws BadValue;
    }

    static SourcePosition position(YamlNode node) {
        return new SourcePosition(node.line(), node.column());
    }

    /// Empty if the value cannot be a name.
    ///
    /// @param what the value is, for messages: `the policy's name`
    Optional<String> name(YamlNode node, String what) {
        return node.text(source, what, NAME).filter(name -> isName(node, name, what));
    }

    /// Whether the text can be a name; if not, that is reported at `at`.
    boolean isName(YamlNode at, String text, String what) {
        Optional<String> problem = Names.problem(text);
        problem.ifPresent(why -> source.error(at, what + " cannot be: " + why));
        return problem.isEmpty();
    }

    /// One of a few words: what the constants are called.
    <T> Optional<T> choice(YamlNode node, String what, List<T> choices) {
        List<String> words = choices.stream().map(Object::toString).toList();
        String expected = String.join(", ", words.subList(0, words.size() - 1)) + " or " + words.getLast();
        Optional<String> text = node.text(source, what, expected);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        int chosen = words.indexOf(text.get());
        if (chosen < 0) {
            String hint = Words.suggestion(text.get(), words);
            source.error(
                    node,
                    what + " cannot be `" + Words.shortened(text.get()) + "`"
                            + (hint.isEmpty() ? ", expected " + expected : hint));
            return Optional.empty();
        }
        return Optional.of(choices.get(chosen));
    }

    Optional<Boolean> truth(YamlNode node, String what) {
        return node.scalar(YamlNode.Scalar.Type.BOOLEAN, source, what, "true or false")
                .map(Boolean::valueOf);
    }

    /// One value or a list of them; an empty list is an error.
    <T> List<T> list(YamlNode node, String what, String expected, Reader<T> reader) {
        List<YamlNode> items = node instanceof YamlNode.Sequence sequence ? sequence.items() : List.of(node);
        if (items.isEmpty()) {
            source.error(node, what + " is an empty list, expected at least one value");
        }
        List<T> values = new ArrayList<>(items.size());
        for (YamlNode item : items) {
            Optional<String> text = item.text(source, "a value of " + what, expected);
            if (text.isPresent()) {
                try {
                    values.add(reader.read(text.get()));
                } catch (BadValue e) {
                    source.error(item, e.problem());
                }
            }
        }
        return values;
    }
}
