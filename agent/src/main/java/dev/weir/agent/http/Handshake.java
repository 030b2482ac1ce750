// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.atomic.LongAdder;

/// Stands before TLS until a handshake is over: bounds what a client may send for it, counts failures, and answers who
/// speaks plain HTTP.
@SuppressWarnings("FutureReturnValueIgnored") // the connection is closed in any case
final class Handshake extends ChannelInboundHandlerAdapter {
    /// A client's part is some kilobytes at most. While its turn to be worked for has not come, all is kept.
    private static final int MAX_BYTES = 65536;

    private final SslHandler tls;
    private final LongAdder failures;
    private int bytes;

    Handshake(SslHandler tls, LongAdder failures) {
        this.tls = tls;
        this.failures = failures;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext client) {
        tls.handshakeFuture().addListener(over -> {
            if (!over.isSuccess()) {
                failures.increment();
                if (over.cause() instanceof NotSslRecordException) {
                    client.writeAndFlush(refusal());
                }
            } else if (!client.isRemoved()) {
                client.pipeline().remove(this);
            }
        });
    }

    @Override
    public void channelRead(ChannelHandlerContext client, Object message) {
        bytes += message instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
        client.fireChannelRead(message);
        if (bytes > MAX_BYTES && !tls.handshakeFuture().isDone()) {
            client.close();
        }
    }

    private static ByteBuf refusal() {
        Reply reply = Reply.problem(HttpResponseStatus.BAD_REQUEST, "this port speaks TLS: ask with https://");
        String header = "HTTP/1.1 %s\r\ncontent-type: %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
                .formatted(reply.status(), reply.contentType(), reply.body().readableBytes());
        return Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(header.getBytes(US_ASCII)), reply.body());
    }
}
