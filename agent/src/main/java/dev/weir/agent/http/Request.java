// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.abi.IpAddress;
import dev.weir.agent.metrics.WeirMetrics.Format;
import dev.weir.policy.Cidr;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is kept of a request while it waits for its turn.
/// @param target path and query, beginning with `/`
/// @param head whether only the header of the answer is wanted
/// @param format that `/metrics` would have
/// @param known which answer the client has already, its `If-None-Match`; null without
/// @param lastEventId where a client that lost a stream goes on; null: nowhere
/// @param chunks whether the client knows bodies whose length is not known beforehand (HTTP/1.1)
/// @param isAdmitted whether it comes from somebody who may ask
/// @param keepAlive whether another request may follow on the connection
/// @param refusal the answer, when the request is refused whatever it asks for; else null
record Request(
        String target,
        boolean head,
        Format format,
        @Nullable String known,
        @Nullable String lastEventId,
        boolean chunks,
        boolean isAdmitted,
        boolean keepAlive,
        @Nullable Reply refusal) {
    private static final String LAST_EVENT_ID = "last-event-id";
    private static final List<Cidr> LOOPBACK =
            List.of(Cidr.around(IpAddress.parse("127.0.0.0"), 8), Cidr.of(IpAddress.parse("::1")));

    /// Reads and judges what the decoder made of a request.
    static Request of(HttpRequest request, Guard guard) {
        HttpHeaders headers = request.headers();
        boolean head = request.method().equals(HttpMethod.HEAD);
        Format format = Format.accepted(String.join(",", headers.getAll(HttpHeaderNames.ACCEPT)));
        if (request.decoderResult().isFailure()) {
            return closing(head, undecodable(request.decoderResult().cause()));
        }
        if (request.protocolVersion().majorVersion() != 1) {
            return closing(head, Reply.problem(HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "expected HTTP/1.1"));
        }
        if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING) || HttpUtil.getContentLength(request, 0L) != 0) {
            return closing(
                    head, Reply.problem(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "requests have no body here"));
        }
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        String uri = request.uri();
        Reply refusal = null;
        if (!head && !request.method().equals(HttpMethod.GET)) {
            refusal = Reply.problem(
                    HttpResponseStatus.METHOD_NOT_ALLOWED,
                    "this server only reads: expected GET or HEAD",
                    List.of(),
                    Map.of("allow", "GET, HEAD"));
        } else {
            List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
            if (hosts.size() > 1
                    || (hosts.isEmpty() && !request.protocolVersion().equals(HttpVersion.HTTP_1_0))) {
                refusal = Reply.problem(HttpResponseStatus.BAD_REQUEST, "expected one Host header");
            } else if (!hosts.isEmpty() && !guard.anyHost() && !isLocal(hosts.getFirst())) {
                // A name that a foreign page points at this host (DNS rebinding) gets nothing.
                refusal = Reply.problem(
                        HttpResponseStatus.MISDIRECTED_REQUEST,
                        "the Host header names another host: expected localhost or a loopback address");
            } else if (!uri.startsWith("/")) {
                refusal = Reply.problem(HttpResponseStatus.BAD_REQUEST, "expected a target that begins with /");
            }
        }
        return new Request(
                uri,
                head,
                format,
                headers.get(HttpHeaderNames.IF_NONE_MATCH),
                headers.get(LAST_EVENT_ID),
                !request.protocolVersion().equals(HttpVersion.HTTP_1_0),
                guard.admits(headers),
                keepAlive,
                refusal);
    }

    /// Whether a `Host` value, `HOST` or `HOST:PORT`, can only mean this machine.
    static boolean isLocal(String value) {
        int end = value.startsWith("[") ? value.indexOf(']') + 1 : value.indexOf(':');
        String host = (end < 0 ? value : value.substring(0, end)).toLowerCase(Locale.ROOT);
        String port = end < 0 ? "" : value.substring(end);
        if (!port.matches("(:\\d{0,5})?")) {
            return false;
        }
        if (host.equals("localhost")) {
            return true;
        }
        try {
            boolean brackets = host.startsWith("[");
            IpAddress address = IpAddress.parse(brackets ? host.substring(1, host.length() - 1) : host);
            return LOOPBACK.stream().anyMatch(block -> block.contains(address));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Request closing(boolean head, Reply refusal) {
        return new Request("/", head, Format.PROMETHEUS, null, null, true, false, false, refusal);
    }

    private static Reply undecodable(Throwable cause) {
        return switch (cause) {
            case TooLongHttpLineException tooLong ->
                Reply.problem(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the first line is too long");
            case TooLongHttpHeaderException tooLong ->
                Reply.problem(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too long");
            default -> Reply.problem(HttpResponseStatus.BAD_REQUEST, "this is not HTTP/1.1");
        };
    }
}
