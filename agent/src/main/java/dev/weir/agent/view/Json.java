// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import dev.weir.abi.IpAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;

/// The JSON form of the records of this package: their components' names, times as RFC 3339 in UTC, null where a
/// value is absent.
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .addModule(new SimpleModule()
                    .addSerializer(Instant.class, new InstantWriter())
                    .addDeserializer(Instant.class, new InstantReader())
                    .addSerializer(IpAddress.class, ToStringSerializer.instance)
                    .addDeserializer(IpAddress.class, new AddressReader()))
            // A newer agent may say more than an older command understands.
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
            .enable(DeserializationFeature.READ_ENUMS_USING_TO_STRING)
            .build();
    private static final ObjectWriter IN_PLACE = MAPPER.writer().without(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    private static final ObjectWriter PRETTY = MAPPER.writer(new DefaultPrettyPrinter()
            .withArrayIndenter(new DefaultIndenter("  ", "\n"))
            .withObjectIndenter(new DefaultIndenter("  ", "\n")));

    private Json() {}

    /// `value` on one line, in UTF-8.
    public static byte[] write(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JacksonException e) {
            throw new UncheckedIOException("write a " + value.getClass().getSimpleName() + " as JSON", e);
        }
    }

    /// Writes `value` on one line, in UTF-8, behind what is there.
    public static void write(Object value, ByteArrayOutputStream out) {
        try {
            IN_PLACE.writeValue(out, value);
        } catch (IOException e) {
            throw new UncheckedIOException("write a " + value.getClass().getSimpleName() + " as JSON", e);
        }
    }

    /// `value` on one line.
    public static String line(Object value) {
        return new String(write(value), UTF_8);
    }

    /// `value` indented, for people.
    public static String pretty(Object value) {
        try {
            return PRETTY.writeValueAsString(value);
        } catch (JacksonException e) {
            throw new UncheckedIOException("write a " + value.getClass().getSimpleName() + " as JSON", e);
        }
    }

    /// The value that `json` stands for.
    /// @throws IOException when `json` is not the form of a `type`
    public static <T> T read(byte[] json, Class<T> type) throws IOException {
        T value = MAPPER.readValue(json, type);
        if (value == null) {
            throw new IOException("expected a " + type.getSimpleName() + ", found null");
        }
        return value;
    }

    private static final class InstantWriter extends StdSerializer<Instant> {
        private static final long serialVersionUID = 1;

        InstantWriter() {
            super(Instant.class);
        }

        @Override
        public void serialize(Instant value, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeString(value.toString());
        }
    }

    private static final class InstantReader extends StdDeserializer<Instant> {
        private static final long serialVersionUID = 1;

        InstantReader() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser in, DeserializationContext context) throws IOException {
            String text = in.getValueAsString("");
            try {
                return Instant.parse(text);
            } catch (DateTimeException e) {
                return (Instant) context.handleWeirdStringValue(Instant.class, text, "expected an RFC 3339 time");
            }
        }
    }

    private static final class AddressReader extends StdDeserializer<IpAddress> {
        private static final long serialVersionUID = 1;

        AddressReader() {
            super(IpAddress.class);
        }

        @Override
        public IpAddress deserialize(JsonParser in, DeserializationContext context) throws IOException {
            String text = in.getValueAsString("");
            try {
                return IpAddress.parse(text);
            } catch (IllegalArgumentException e) {
                return (IpAddress) context.handleWeirdStringValue(IpAddress.class, text, "expected an IP address");
            }
        }
    }
}
