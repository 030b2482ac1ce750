// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One client. Its requests are answered one after the other in the order they came; the socket is read only while
/// none waits, and an answer is handed to it only as fast as the client reads. All of it runs on
/// the connection's event loop but [#answer].
@SuppressWarnings("FutureReturnValueIgnored") // a failed write fails the next one too, whose listener closes
final class HttpConnection extends ChannelInboundHandlerAdapter {
    private final Transport transport;
    private final Routes routes;
    private final Executor workers;
    private final Seats seats;
    private final Semaphore streams;
    private final Semaphore unread;
    private final HttpLimits limits;
    private final Deque<Request> waiting = new ArrayDeque<>();
    private boolean answering;
    private boolean ending;
    private @Nullable Feeder feeder;
    private @Nullable Future<?> deadline;

    /// @param streams that may still be opened
    /// @param unread kibibytes of large answers that may still be kept for clients
    HttpConnection(
            Transport transport,
            Routes routes,
            Executor workers,
            Seats seats,
            Semaphore streams,
            Semaphore unread,
            HttpLimits limits) {
        this.transport = transport;
        this.routes = routes;
        this.workers = workers;
        this.seats = seats;
        this.streams = streams;
        this.unread = unread;
        this.limits = limits;
    }

    @Override
    public void channelActive(ChannelHandlerContext client) {
        await(client);
    }

    @Override
    public void channelInactive(ChannelHandlerContext client) {
        disarm();
        waiting.clear();
        if (feeder != null) {
            feeder.stop();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext client) {
        if (feeder != null) {
            feeder.go();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext client, Object message) {
        try {
            if (message instanceof HttpRequest request && !ending) {
                if (waiting.size() >= limits.pipelined()) {
                    client.close();
                    return;
                }
                waiting.add(routes.read(request));
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    /// All that one read of the socket brought is decoded.
    @Override
    public void channelReadComplete(ChannelHandlerContext client) {
        if (ending) {
            return;
        }
        if (!answering && waiting.isEmpty()) {
            client.read(); // the request is not whole yet; its deadline goes on
        } else {
            next(client);
        }
    }

    /// A connection that broke, a client that stopped reading, or a fault in a handler: there is nobody to tell.
    @Override
    public void exceptionCaught(ChannelHandlerContext client, Throwable cause) {
        client.close();
    }

    private void next(ChannelHandlerContext client) {
        if (answering) {
            return;
        }
        Request request = waiting.poll();
        if (request == null) {
            await(client);
            return;
        }
        disarm();
        seats.works(client.channel());
        answering = true;
        Reply known = routes.atOnce(request);
        if (known != null) {
            write(client, request, known);
            return;
        }
        try {
            workers.execute(() -> answer(client, request));
        } catch (RejectedExecutionException e) {
            write(client, request, Reply.busy("too many requests are waiting"));
        }
    }

    /// Runs on a worker.
    private void answer(ChannelHandlerContext client, Request request) {
        Answer answer = routes.answer(request);
        try {
            client.executor().execute(() -> {
                switch (answer) {
                    case Reply reply -> write(client, request, reply);
                    case Feed feed -> stream(client, request, feed);
                }
            });
        } catch (RejectedExecutionException e) {
            // The server was closed meanwhile, and the connection with it.
            if (answer instanceof Reply reply) {
                reply.body().release();
            }
            client.close();
        }
    }

    private void write(ChannelHandlerContext client, Request request, Reply reply) {
        if (!client.channel().isActive()) {
            reply.body().release();
            return;
        }
        seats.waits(client.channel());
        int bytes = reply.body().readableBytes();
        int kibibytes = request.head() || bytes <= HttpLimits.SMALL_BYTES ? 0 : bytes >> 10;
        if (!unread.tryAcquire(kibibytes)) {
            reply.body().release();
            write(client, request, Reply.busy("too many large answers wait for their clients to read them"));
            return;
        }
        ending = !request.keepAlive();
        HttpResponse header = header(reply.status(), reply.contentType(), reply.headers());
        if (!reply.status().equals(HttpResponseStatus.NOT_MODIFIED)) { // there it would be that of the file
            header.headers().set(HttpHeaderNames.CONTENT_LENGTH, bytes);
        }
        client.write(header);
        Object body = LastHttpContent.EMPTY_LAST_CONTENT;
        if (request.head()) {
            reply.body().release();
        } else {
            body = new HttpChunkedInput(new Slices(reply.body()));
        }
        client.writeAndFlush(body).addListener(written -> {
            unread.release(kibibytes);
            answering = false;
            if (!written.isSuccess()) {
                client.close();
            } else if (ending) {
                end(client);
            } else {
                next(client);
            }
        });
    }

    /// A stream is the last answer of its connection: what its client sends from now on is dropped,
    /// but its end is noticed. It keeps its seat, since there is a limit for streams.
    private void stream(ChannelHandlerContext client, Request request, Feed feed) {
        int kibibytes = (1 + feed.ahead()) * feed.kibibytes(); // one piece is being read, the next ones are ready
        Reply refused = null;
        if (!streams.tryAcquire()) {
            refused = Reply.busy("as many streams are open as there may be");
        } else if (!unread.tryAcquire(kibibytes)) {
            streams.release();
            refused = Reply.busy("too many large answers wait for their clients to read them");
        }
        if (refused != null) {
            feed.close();
            write(client, request, refused);
            return;
        }
        Runnable over = () -> {
            unread.release(kibibytes);
            streams.release();
        };
        if (!client.channel().isActive() || request.head()) {
            feed.close();
            over.run();
            write(client, request, Reply.text(feed.contentType(), new byte[0]));
            return;
        }
        ending = true;
        waiting.clear();
        HttpResponse header = header(HttpResponseStatus.OK, feed.contentType(), Map.of());
        HttpUtil.setTransferEncodingChunked(header, request.chunks());
        client.writeAndFlush(header);
        client.channel().config().setAutoRead(true);
        feeder = new Feeder(client, feed, workers, over, () -> end(client));
        feeder.go();
    }

    private HttpResponse header(HttpResponseStatus status, String contentType, Map<String, String> more) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
        HttpHeaders headers = response.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, contentType);
        headers.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
        headers.set("x-content-type-options", "nosniff");
        headers.set(HttpHeaderNames.CONNECTION, ending ? HttpHeaderValues.CLOSE : HttpHeaderValues.KEEP_ALIVE);
        more.forEach(headers::set);
        return response;
    }

    /// Lets the client read the last answer: closing while it still sends would reset the connection and might take
    /// the answer with it. So what it sends is read and dropped until it closes, or patience ends.
    private void end(ChannelHandlerContext client) {
        waiting.clear();
        transport.end(client.channel());
        arm(client);
        client.channel().config().setAutoRead(true);
    }

    private void await(ChannelHandlerContext client) {
        seats.waits(client.channel());
        arm(client);
        client.read();
    }

    private void arm(ChannelHandlerContext client) {
        disarm();
        deadline = client.executor()
                .schedule((Runnable) client::close, limits.patience().toMillis(), TimeUnit.MILLISECONDS);
    }

    private void disarm() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }
}
