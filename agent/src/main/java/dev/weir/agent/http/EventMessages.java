// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.agent.view.Json;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.TimeUnit;

/// Writes one piece of a `text/event-stream`
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html): messages, and now and then a
/// comment, so that client and server notice when the other has gone.
final class EventMessages {
    static final String CONTENT_TYPE = "text/event-stream";

    private static final long ALIVE_NANOS = TimeUnit.SECONDS.toNanos(15);

    private final ByteArrayOutputStream piece = new ByteArrayOutputStream();
    private long lastNanos = System.nanoTime();

    /// A client that loses the stream asks again after a second.
    EventMessages() {
        piece.writeBytes(utf8("retry: 1000\n\n"));
    }

    /// Adds a message.
    /// @param data becomes JSON, on one line
    void message(Object data) {
        piece.writeBytes(utf8("data: "));
        piece.writeBytes(Json.write(data));
        piece.writeBytes(utf8("\n\n"));
    }

    /// Adds a message of another type than the usual one.
    void message(String type, Object data) {
        piece.writeBytes(utf8("event: " + type + "\n"));
        message(data);
    }

    /// Says where a client that comes back goes on: behind the message that is added next.
    void position(long number) {
        piece.writeBytes(utf8("id: " + number + "\n"));
    }

    int size() {
        return piece.size();
    }

    /// Ends the piece; where nothing was added, and not for long, it is [Feed#NOTHING_YET].
    ByteBuf end() {
        long now = System.nanoTime();
        if (piece.size() == 0) {
            if (now - lastNanos < ALIVE_NANOS) {
                return Feed.NOTHING_YET;
            }
            piece.writeBytes(utf8(": alive\n\n"));
        }
        lastNanos = now;
        byte[] bytes = piece.toByteArray();
        piece.reset();
        return Unpooled.wrappedBuffer(bytes);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }
}
