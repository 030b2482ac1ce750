// SPDX-License-Identifier: Apache-2.0
package dev.weir.yaml;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.JsonSchema;

/// Builds the tree of one document from the parser's events. The library's own composer is not used: it recurses as
/// deep as the file nests and keeps marks that weigh more than the values.
public final class YamlReader {
    /// Values that one file may hold, aliases counted as what they stand for.
    static final int MAX_VALUES = 250_000;

    /// Collections within collections; policies need five.
    static final int MAX_DEPTH = 32;

    private static final LoadSettings SETTINGS = LoadSettings.builder()
            .setSchema(new JsonSchema())
            .setCodePointLimit(Integer.MAX_VALUE) // the file's size is bounded before it gets here
            .setBufferSize(1 << 16) // with the default, the scanner takes ten seconds for a token of 8 MiB
            .build();

    private final Parser parser;
    private final StreamReader position;
    private final Map<Anchor, YamlNode> anchors = new HashMap<>();
    private int values;

    private YamlReader(Source source) {
        this.position = new StreamReader(SETTINGS, source.text());
        this.parser = new ParserImpl(SETTINGS, position);
    }

    /// The one document of the file, which is [YamlNode.Scalar#NOTHING] if it holds none; empty if it is not
    /// YAML, which is then reported.
    public static Optional<YamlNode> read(Source source) {
        Optional<YamlNode> plain = PlainYaml.read(source.text());
        return plain.isPresent() ? plain : readAnything(source);
    }

    /// As [#read], by the library alone.
    static Optional<YamlNode> readAnything(Source source) {
        YamlReader reader = new YamlReader(source);
        try {
            return reader.document();
        } catch (Unreadable e) {
            source.error(e.line, e.column, e.problem);
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            int column = e.getProblemMark().map(mark -> mark.getColumn() + 1).orElse(1);
            source.error(line, column, "this is not YAML: " + oneLine(e.getContext(), e.getProblem()));
        } catch (ReaderException e) {
            String character = String.format("U+%04X", e.getCodePoint());
            source.errorAt(e.getPosition(), "the character " + character + " may not stand in YAML");
        } catch (YamlEngineException | IllegalArgumentException | IndexOutOfBoundsException e) {
            // The scanner lets these out, for an escape beyond Unicode; its own position is then the only one.
            StreamReader scanned = reader.position;
            source.error(
                    scanned.getLine() + 1, scanned.getColumn() + 1, "this is not YAML: it cannot be read on from here");
        }
        return Optional.empty();
    }

    private Optional<YamlNode> document() throws Unreadable {
        parser.next(); // stream start
        if (parser.checkEvent(Event.ID.StreamEnd)) {
            return Optional.of(YamlNode.Scalar.NOTHING);
        }
        parser.next(); // document start
        YamlNode root = node(0);
        parser.next(); // document end
        if (!parser.checkEvent(Event.ID.StreamEnd)) {
            throw at(parser.peekEvent(), "a second document begins here, expected one a file");
        }
        return Optional.of(root);
    }

    private YamlNode node(int depth) throws Unreadable {
        Event event = parser.next();
        if (depth > MAX_DEPTH) {
            throw at(event, "this nests deeper than " + MAX_DEPTH + " levels");
        }
        YamlNode node = switch (event) {
            case AliasEvent alias -> target(alias);
            case ScalarEvent scalar -> scalar(scalar);
            case SequenceStartEvent start -> sequence(start, depth);
            case MappingStartEvent start -> mapping(start, depth);
            default -> throw at(event, "a value was expected here");
        };
        if (event instanceof NodeEvent named && !(event instanceof AliasEvent)) {
            named.getAnchor().ifPresent(anchor -> anchors.put(anchor, node));
        }
        return node;
    }

    /// Only what is complete has an anchor, so nothing can contain itself.
    private YamlNode target(AliasEvent alias) throws Unreadable {
        YamlNode node = anchors.get(alias.getAlias());
        if (node == null) {
            throw at(
                    alias,
                    "no anchor `&" + alias.getAlias()
                            + "` stands before this alias; a glob that begins with `*` needs quotes");
        }
        count(alias, node.size());
        return node;
    }

    private YamlNode scalar(ScalarEvent event) throws Unreadable {
        count(event, 1);
        String text = event.getValue();
        Optional<String> tag = event.getTag();
        YamlNode.Scalar.Type type = tag.isPresent()
                ? type(new Tag(tag.get()))
                : event.isPlain() ? plainType(text) : YamlNode.Scalar.Type.TEXT;
        return new YamlNode.Scalar(text, type, line(event), column(event));
    }

    private YamlNode sequence(SequenceStartEvent start, int depth) throws Unreadable {
        count(start, 1);
        int before = values;
        List<YamlNode> items = new ArrayList<>();
        while (!parser.checkEvent(Event.ID.SequenceEnd)) {
            items.add(node(depth + 1));
        }
        parser.next();
        return new YamlNode.Sequence(items, 1 + values - before, line(start), column(start));
    }

    private YamlNode mapping(MappingStartEvent start, int depth) throws Unreadable {
        count(start, 1);
        int before = values;
        List<YamlNode.Entry> entries = new ArrayList<>();
        while (!parser.checkEvent(Event.ID.MappingEnd)) {
            YamlNode key = node(depth + 1);
            entries.add(new YamlNode.Entry(key, node(depth + 1)));
        }
        parser.next();
        return new YamlNode.Mapping(entries, 1 + values - before, line(start), column(start));
    }

    private void count(Event event, int more) throws Unreadable {
        values += more;
        if (values > MAX_VALUES) {
            throw at(event, "the file holds more than " + MAX_VALUES + " values; split it");
        }
    }

    /// What YAML's JSON schema makes of a text without quotes. Most are keys, addresses and services, of which none has
    /// to be tried as a number.
    static YamlNode.Scalar.Type plainType(String plain) {
        if (!plain.isEmpty() && Character.isLetter(plain.charAt(0))) {
            return switch (plain) {
                case "true", "false" -> YamlNode.Scalar.Type.BOOLEAN;
                case "null" -> YamlNode.Scalar.Type.NULL;
                default -> YamlNode.Scalar.Type.TEXT;
            };
        }
        boolean isText =
                plain.indexOf('/') >= 0 || plain.indexOf(':') >= 0 || plain.indexOf('.') != plain.lastIndexOf('.');
        return isText
                ? YamlNode.Scalar.Type.TEXT
                : type(SETTINGS.getSchema().getScalarResolver().resolve(plain, true));
    }

    private static YamlNode.Scalar.Type type(Tag tag) {
        if (tag.equals(Tag.STR)) {
            return YamlNode.Scalar.Type.TEXT;
        } else if (tag.equals(Tag.INT)) {
            return YamlNode.Scalar.Type.INTEGER;
        } else if (tag.equals(Tag.FLOAT)) {
            return YamlNode.Scalar.Type.FRACTION;
        } else if (tag.equals(Tag.BOOL)) {
            return YamlNode.Scalar.Type.BOOLEAN;
        } else if (tag.equals(Tag.NULL)) {
            return YamlNode.Scalar.Type.NULL;
        } else {
            return YamlNode.Scalar.Type.OTHER;
        }
    }

    private static int line(Event event) {
        return event.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }

    private static int column(Event event) {
        return event.getStartMark().map(mark -> mark.getColumn() + 1).orElse(1);
    }

    private static Unreadable at(Event event, String problem) {
        return new Unreadable(line(event), column(event), problem);
    }

    private static String oneLine(@Nullable String context, String problem) {
        String text = context == null || context.isBlank() ? problem : context + ", " + problem;
        String line = text.replaceAll("\\s+", " ");
        return line.length() <= 200 ? line : line.substring(0, 200) + "…";
    }

    /// The file cannot be read on from here.
    private static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;
        private final int line;
        private final int column;
        private final String problem;

        Unreadable(int line, int column, String problem) {
            super(problem, null, false, false);
            this.line = line;
            this.column = column;
            this.problem = problem;
        }
    }
}
