// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.agent.view.Json;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Map;

/// An answer, before it is known how it travels.
/// @param headers besides those that every answer has
/// @param body is released by who writes it, or does not
record Reply(HttpResponseStatus status, String contentType, Map<String, String> headers, ByteBuf body)
        implements Answer {
    private static final String PROBLEM = "application/problem+json";

    static Reply json(Object value) {
        return of(HttpResponseStatus.OK, "application/json", Map.of(), Json.write(value));
    }

    static Reply text(String contentType, byte[] body) {
        return of(HttpResponseStatus.OK, contentType, Map.of(), body);
    }

    /// As the constructor; the body may be sent any number of times.
    static Reply of(HttpResponseStatus status, String contentType, Map<String, String> headers, byte[] body) {
        return new Reply(status, contentType, headers, Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(body)));
    }

    static Reply problem(HttpResponseStatus status, String detail) {
        return problem(status, detail, List.of(), Map.of());
    }

    static Reply problem(HttpResponseStatus status, String detail, List<String> errors, Map<String, String> headers) {
        Problem problem = new Problem(Problem.BLANK, status.reasonPhrase(), status.code(), detail, errors);
        return of(status, PROBLEM, headers, Json.write(problem));
    }

    static Reply problem(NotReady problem) {
        return of(HttpResponseStatus.SERVICE_UNAVAILABLE, PROBLEM, Map.of(), Json.write(problem));
    }

    /// The server has too much to do; the client may ask again.
    static Reply busy(String what) {
        return problem(HttpResponseStatus.SERVICE_UNAVAILABLE, what, List.of(), Map.of("retry-after", "1"));
    }

    static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }
}
