// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a collector makes of messages, by RFC 7011 alone: it knows no element, only what templates told it before.
public final class Decoder {
    private final Map<Integer, List<Element>> templates = new HashMap<>();
    private int records;

    private record Element(int number, int length, int enterprise) {
        String key() {
            return enterprise + "/" + number;
        }
    }

    /// One data record: values by `enterprise/element`.
    public record Data(int set, Map<String, byte[]> values) {
        public long number(int element) {
            long number = 0;
            for (byte each : value("0/" + element)) {
                number = number << 8 | (each & 0xff);
            }
            return number;
        }

        public String text(int element) {
            return new String(value("32473/" + element), StandardCharsets.UTF_8);
        }

        public byte[] bytes(int element) {
            return value("0/" + element);
        }

        private byte[] value(String key) {
            byte[] value = values.get(key);
            assertNotNull(value, key);
            return value;
        }
    }

    /// A message whole; what it says of itself must be true.
    public record Message(long seconds, int sequence, int domain, List<Integer> templates, List<Data> records) {}

    public Message read(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        assertEquals(10, in.getShort(), "version");
        assertEquals(bytes.length, Short.toUnsignedInt(in.getShort()), "length");
        long seconds = Integer.toUnsignedLong(in.getInt());
        int sequence = in.getInt();
        assertEquals(records, sequence, "data records before this message");
        int domain = in.getInt();
        List<Integer> told = new ArrayList<>();
        List<Data> found = new ArrayList<>();
        while (in.hasRemaining()) {
            int id = Short.toUnsignedInt(in.getShort());
            int length = Short.toUnsignedInt(in.getShort());
            assertTrue(length > 4, "a set is not empty");
            ByteBuffer set = in.slice(in.position(), length - 4);
            in.position(in.position() + length - 4);
            if (id < 256) {
                told.add(template(set, id == 3));
            } else {
                while (set.hasRemaining()) {
                    found.add(record(set, id));
                }
            }
        }
        records += found.size();
        return new Message(seconds, sequence, domain, told, found);
    }

    private int template(ByteBuffer set, boolean options) {
        int id = Short.toUnsignedInt(set.getShort());
        int fields = Short.toUnsignedInt(set.getShort());
        if (options) {
            assertTrue(set.getShort() > 0, "options have a scope");
        }
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < fields; i++) {
            int number = Short.toUnsignedInt(set.getShort());
            int length = Short.toUnsignedInt(set.getShort());
            elements.add(new Element(number & 0x7fff, length, number > 0x7fff ? set.getInt() : 0));
        }
        assertEquals(0, set.remaining(), "one template a set, without padding");
        templates.put(id, elements);
        return id;
    }

    private Data record(ByteBuffer set, int id) {
        List<Element> elements = templates.get(id);
        assertNotNull(elements, () -> "no template " + id + " was told");
        Map<String, byte[]> values = new LinkedHashMap<>();
        for (Element element : elements) {
            int length = element.length;
            if (length == 65_535) {
                length = Byte.toUnsignedInt(set.get());
                length = length == 255 ? Short.toUnsignedInt(set.getShort()) : length;
            }
            byte[] value = new byte[length];
            set.get(value);
            values.put(element.key(), value);
        }
        return new Data(id, values);
    }
}
