// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.Log;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Takes the pieces of one [Feed] to its client: the next ones are made, on a worker, while the last is
/// sent, and sent when the client has read enough. A worker goes on as long as the feed may be ahead, since the event
/// loop that writes would be late to ask. All else runs on the connection's event loop.
@SuppressWarnings("FutureReturnValueIgnored") // a failed write fails the next one too, whose listener closes
final class Feeder {
    /// Between two questions to a feed that has nothing yet.
    private static final long PAUSE_MILLIS = 100;

    private final ChannelHandlerContext client;
    private final Feed feed;
    private final Executor workers;
    private final Runnable over;
    private final Runnable sent;
    private final Deque<ByteBuf> ready = new ArrayDeque<>();
    private final AtomicInteger ahead = new AtomicInteger(); // pieces that are ready, or on their way to that
    private boolean asked; // or asking itself
    private boolean complete; // all pieces are ready, or sent
    private volatile boolean ended;

    /// @param over is told, once, when the body is complete or the client has gone
    /// @param sent is told when the end of the body is with the client
    Feeder(ChannelHandlerContext client, Feed feed, Executor workers, Runnable over, Runnable sent) {
        this.client = client;
        this.feed = feed;
        this.workers = workers;
        this.over = over;
        this.sent = sent;
    }

    /// Sends what is ready, if the client can take it, and has more made meanwhile.
    void go() {
        ByteBuf piece = ended || !client.channel().isWritable() ? null : ready.poll();
        if (piece != null) {
            ahead.decrementAndGet();
        }
        if (!asked && !complete && !ended && ahead.get() < feed.ahead()) {
            asked = true;
            ask();
        }
        if (piece != null) { // the write may come back here when the client can take no more, or again more
            client.writeAndFlush(new DefaultHttpContent(piece)).addListener(written -> {
                if (!written.isSuccess()) {
                    client.close();
                }
            });
        }
        if (complete && ready.isEmpty() && !ended) {
            stop();
            client.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(written -> sent.run());
        }
    }

    /// The client has gone, or has all.
    void stop() {
        if (!ended) {
            ended = true;
            if (!asked) { // else as soon as the feed has answered
                close();
            }
        }
    }

    private void ask() {
        try {
            workers.execute(this::make);
        } catch (RejectedExecutionException e) { // others are asked for so much that it waits
            tell(() -> take(Feed.NOTHING_YET, false));
        }
    }

    /// Runs on a worker.
    private void make() {
        try {
            ByteBuf piece = feed.next();
            boolean more = piece != null && piece.isReadable() && ahead.incrementAndGet() < feed.ahead() && !ended;
            tell(() -> take(piece, more));
            if (more) {
                ask();
            }
        } catch (RuntimeException | Error e) { // whatever happened, the client waits
            Log.failure("make the next piece of an answer: " + e, e);
            tell(this::fail);
        }
    }

    private void tell(Runnable then) {
        try {
            client.executor().execute(then);
        } catch (RejectedExecutionException e) {
            client.close(); // the server was closed meanwhile, and the connection with it
        }
    }

    /// The body ends without its end: who reads it knows that it is not complete.
    private void fail() {
        asked = false;
        if (ended) {
            close();
        } else {
            stop();
            client.close();
        }
    }

    /// @param more whether another piece is asked for already
    private void take(@Nullable ByteBuf piece, boolean more) {
        if (piece == null) {
            complete = true;
        } else if (piece.isReadable()) {
            ready.add(piece);
        } else if (!ended) {
            // As if it were still being asked, so that nothing else asks it meanwhile.
            client.executor().schedule(() -> answered(false), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            return;
        }
        answered(more);
    }

    private void answered(boolean more) {
        asked = more;
        if (!ended) {
            go();
        } else if (!asked) {
            close();
        }
    }

    private void close() {
        ready.forEach(ByteBuf::release);
        ready.clear();
        feed.close();
        over.run();
    }
}
