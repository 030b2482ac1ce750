// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.Log;
import dev.weir.agent.config.ListenAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.metrics.WeirMetrics;
import dev.weir.agent.secret.SecretException;
import dev.weir.agent.view.AgentView;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Serves an [AgentView] over HTTP/1.1 until it is closed: on a Unix socket, on a loopback address, or with TLS and a
/// token on any other.
public final class HttpServer implements AutoCloseable {
    private static final int EVENT_LOOPS = 2;
    private static final int WORKERS = 2;
    private static final Duration CLOSING = Duration.ofSeconds(5);

    /// Between two looks at the files of certificate, key and token.
    private static final long LOOK_MILLIS = 1000;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
            EVENT_LOOPS, new DefaultThreadFactory("weir-http", true), NioIoHandler.newFactory());
    private final ThreadPoolExecutor workers;
    private final SocketAddress listen;
    private final Access access;
    private final HttpLimits limits;
    private final Routes routes;
    private final Semaphore streams;
    private final Semaphore unread;
    private final Seats seats;
    private final @Nullable SocketFile file;
    private final Channel channel;

    private HttpServer(WeirConfig config, Access access, @Nullable SocketFile file, AgentView view, HttpLimits limits)
            throws ListenException {
        this.listen = config.listen();
        this.access = access;
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
        register(metrics.registry());
        this.routes = new Routes(view, metrics, access.guard(), workers);
        this.file = file;
        this.channel = bind();
        if (access.hasFiles()) {
            lookAgainAndAgain();
        }
    }

    private void register(MeterRegistry registry) {
        FunctionCounter.builder("weir.http.connections.cut", seats, Seats::cut)
                .description("Connections that were closed to make room for others, the longest idle first.")
                .register(registry);
        Gauge.builder("weir.http.connections", seats, Seats::taken)
                .description("Connections that are open.")
                .register(registry);
        Gauge.builder("weir.http.streams", streams, free -> limits.streams() - free.availablePermits())
                .description("Streams, and answers as long as a table, that are open.")
                .register(registry);
        access.register(registry);
    }

    private Channel bind() throws ListenException {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .handler(new Door(limits.connections()))
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new Connections());
        if (file == null) {
            boolean v4 = listen instanceof InetSocketAddress inet && inet.getAddress() instanceof Inet4Address;
            SocketProtocolFamily family = v4 ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
            bootstrap // of just this family: else 0.0.0.0 would mean all addresses of IPv6 too
                    .channelFactory(() -> new NioServerSocketChannel(SelectorProvider.provider(), family))
                    .childOption(ChannelOption.TCP_NODELAY, true);
        } else {
            bootstrap.channel(NioServerDomainSocketChannel.class);
        }
        ChannelFuture bound =
                bootstrap.bind(file == null ? listen : file.draft()).awaitUninterruptibly();
        Throwable failure = bound.cause();
        if (failure != null) {
            stop();
            String hint = String.valueOf(failure.getMessage()).contains("in use")
                    ? "; is another agent running? Else choose another address with --listen"
                    : "";
            throw new ListenException(
                    "listen on " + ListenAddress.text(listen) + ": " + failure.getMessage() + hint, failure);
        }
        try {
            if (file != null) {
                file.publish();
            }
            return bound.channel();
        } catch (ListenException e) {
            bound.channel().close().awaitUninterruptibly();
            stop();
            throw e;
        }
    }

    /// Starts to listen where the configuration says, and to ask clients for what it says. Certificate, key and token
    /// are read again when their files change.
    /// @throws ListenException when the address is taken, may not be used, or lacks what it needs: TLS and
    ///     a token where others can reach it, files that can be used, a path that is free
    public static HttpServer start(WeirConfig config, AgentView view) throws ListenException {
        return start(config, view, HttpLimits.DEFAULT);
    }

    /// Starts to listen, and asks clients for nothing.
    /// @param listen a loopback address or a Unix socket; port 0 takes a free one, which [#address] tells
    /// @throws ListenException when the address may be reached by others, is taken, or may not be used
    public static HttpServer start(SocketAddress listen, AgentView view) throws ListenException {
        return start(listen, view, HttpLimits.DEFAULT);
    }

    static HttpServer start(SocketAddress listen, AgentView view, HttpLimits limits) throws ListenException {
        return start(WeirConfig.DEFAULT.withListen(listen), view, limits);
    }

    static HttpServer start(WeirConfig config, AgentView view, HttpLimits limits) throws ListenException {
        Optional<String> unserved = config.unserved();
        if (unserved.isPresent()) {
            throw new ListenException("listen on " + ListenAddress.text(config.listen()) + ": " + unserved.get());
        }
        try {
            Access access = new Access(config, limits);
            SocketFile file =
                    config.listen() instanceof UnixDomainSocketAddress unix ? SocketFile.at(unix.getPath()) : null;
            return new HttpServer(config, access, file, view, limits);
        } catch (SecretException e) {
            throw new ListenException(String.valueOf(e.getMessage()), e);
        }
    }

    /// Where the server listens, if not on a Unix socket.
    public InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    /// Where the server is asked: a URL, or the `unix:PATH` where it listens.
    public String url() {
        return file != null
                ? ListenAddress.text(listen)
                : access.scheme() + "://" + ListenAddress.text(channel.localAddress());
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it ends with the event loop
    private void lookAgainAndAgain() {
        loops.next().scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            workers.execute(access::look);
        } catch (RejectedExecutionException e) {
            // others are asked for so much that it waits; or the server was closed
        }
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
        if (file != null) {
            file.remove();
        }
        access.close();
        loops.shutdownGracefully(0, CLOSING.toMillis(), TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }

    /// Takes in connections.
    private final class Connections extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel client) {
            if (!seats.seat(client)) {
                return;
            }
            ChannelPipeline pipeline = client.pipeline();
            pipeline.addLast(new WriteTimeoutHandler(limits.patience().toMillis(), TimeUnit.MILLISECONDS));
            access.transport().begin(pipeline);
            pipeline.addLast(new HttpRequestDecoder(new HttpDecoderConfig()
                    .setMaxInitialLineLength(limits.lineBytes())
                    .setMaxHeaderSize(limits.headerBytes())));
            pipeline.addLast(new HttpResponseEncoder());
            pipeline.addLast(new ChunkedWriteHandler());
            pipeline.addLast(new HttpConnection(access.transport(), routes, workers, seats, streams, unread, limits));
        }
    }
}
