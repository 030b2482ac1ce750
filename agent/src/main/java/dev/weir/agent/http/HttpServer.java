// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.Log;
import dev.weir.agent.metrics.WeirMetrics;
import dev.weir.agent.view.AgentView;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Serves an [AgentView] over HTTP/1.1 on a loopback address until it is closed.
public final class HttpServer implements AutoCloseable {
    private static final int EVENT_LOOPS = 2;
    private static final int WORKERS = 2;
    private static final Duration CLOSING = Duration.ofSeconds(5);

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            EVENT_LOOPS, new DefaultThreadFactory("weir-http", true), NioIoHandler.newFactory());
    private final ThreadPoolExecutor workers;
    private final HttpLimits limits;
    private final Routes routes;
    private final Semaphore streams;
    private final Semaphore unread;
    private final Seats seats;
    private final Channel channel;

    private HttpServer(InetSocketAddress listen, AgentView view, HttpLimits limits) throws ListenException {
        this.limits = limits;
        this.seats = new Seats(limits.connections());
        this.streams = new Semaphore(limits.streams());
        this.unread = new Semaphore(limits.unreadKibibytes());
        this.workers = new ThreadPoolExecutor(
                WORKERS,
                WORKERS,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(limits.waiting()),
                new DefaultThreadFactory("weir-http-view", true));
        WeirMetrics metrics = new WeirMetrics(view);
        FunctionCounter.builder("weir.http.connections.cut", seats, Seats::cut)
                .description("Connections that were closed to make room for others, the longest idle first.")
                .register(metrics.registry());
        Gauge.builder("weir.http.connections", seats, Seats::taken)
                .description("Connections that are open.")
                .register(metrics.registry());
        this.routes = new Routes(view, metrics);
        ChannelFuture bound = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .handler(new Door(limits.connections()))
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new Connections())
                .bind(listen)
                .awaitUninterruptibly();
        Throwable failure = bound.cause();
        if (failure != null) {
            stop();
            String hint = String.valueOf(failure.getMessage()).contains("in use")
                    ? "; is another agent running? Else choose another address with --listen"
                    : "";
            throw new ListenException("listen on " + text(listen) + ": " + failure.getMessage() + hint, failure);
        }
        this.channel = bound.channel();
    }

    /// Starts to listen.
    /// @param listen a loopback address; port 0 takes a free one, which [#address] tells
    /// @throws ListenException when the address is not loopback, is taken, or may not be used
    public static HttpServer start(InetSocketAddress listen, AgentView view) throws ListenException {
        return start(listen, view, HttpLimits.DEFAULT);
    }

    static HttpServer start(InetSocketAddress listen, AgentView view, HttpLimits limits) throws ListenException {
        InetAddress address = listen.getAddress();
        if (address == null || !address.isLoopbackAddress()) {
            throw new ListenException("listen on " + text(listen)
                    + ": another address than loopback needs TLS and a token, which this version does not have;"
                    + " choose one such as 127.0.0.1 with --listen, and a proxy in front");
        }
        return new HttpServer(listen, view, limits);
    }

    /// Where the server listens.
    public InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    /// Stops listening and closes every connection. Afterwards the view is not asked any more, unless a call to it
    /// takes longer than five seconds and heeds no interrupt.
    @Override
    public void close() {
        channel.close().awaitUninterruptibly();
        stop();
    }

    private void stop() {
        workers.shutdownNow();
        try {
            if (!workers.awaitTermination(CLOSING.toMillis(), TimeUnit.MILLISECONDS)) {
                Log.warn("an answer was still being made when the HTTP server closed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        seats.close();
        loops.shutdownGracefully(0, CLOSING.toMillis(), TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }

    private static String text(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /// Takes in connections.
    private final class Connections extends ChannelInitializer<SocketChannel> {
        @Override
        protected void initChannel(SocketChannel client) {
            if (!seats.seat(client)) {
                return;
            }
            ChannelPipeline pipeline = client.pipeline();
            pipeline.addLast(new WriteTimeoutHandler(limits.patience().toMillis(), TimeUnit.MILLISECONDS));
            pipeline.addLast(new HttpRequestDecoder(new HttpDecoderConfig()
                    .setMaxInitialLineLength(limits.lineBytes())
                    .setMaxHeaderSize(limits.headerBytes())));
            pipeline.addLast(new HttpResponseEncoder());
            pipeline.addLast(new ChunkedWriteHandler());
            pipeline.addLast(new HttpConnection(routes, workers, seats, streams, unread, limits));
        }
    }
}
