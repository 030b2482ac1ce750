// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.Log;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Takes the pieces of one [Feed] to its client: the next one is made, on a worker, while the last is
/// sent, and sent when the client has read enough. All else runs on the connection's event loop.
@SuppressWarnings("FutureReturnValueIgnored") // a failed write fails the next one too, whose listener closes
final class Feeder {
    /// Between two questions to a feed that has nothing yet.
    private static final long PAUSE_MILLIS = 100;

    private final ChannelHandlerContext client;
    private final Feed feed;
    private final Executor workers;
    private final Runnable over;
    private final Runnable sent;
    private @Nullable ByteBuf ready;
    private boolean asked;
    private boolean ended;

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
        ByteBuf piece = ended || !client.channel().isWritable() ? null : ready;
        if (piece != null) {
            ready = null;
        }
        if (ready == null && !asked && !ended) {
            ask();
        }
        if (piece != null) { // the write may come back here when the client can take no more, or again more
            client.writeAndFlush(new DefaultHttpContent(piece)).addListener(written -> {
                if (!written.isSuccess()) {
                    client.close();
                }
            });
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
        asked = true;
        try {
            workers.execute(() -> {
                Runnable then = make();
                try {
                    client.executor().execute(then);
                } catch (RejectedExecutionException e) {
                    client.close(); // the server was closed meanwhile, and the connection with it
                }
            });
        } catch (RejectedExecutionException e) {
            take(Feed.NOTHING_YET); // others are asked for so much that it waits
        }
    }

    /// Runs on a worker.
    /// @return what is to be done with the piece
    private Runnable make() {
        try {
            ByteBuf piece = feed.next();
            return () -> take(piece);
        } catch (RuntimeException | Error e) { // whatever happened, the client waits
            Log.failure("make the next piece of an answer: " + e, e);
            return this::fail;
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

    private void take(@Nullable ByteBuf piece) {
        if (piece != null && !piece.isReadable() && !ended) {
            // As if it were still being asked, so that nothing else asks it meanwhile.
            client.executor().schedule(this::answered, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            return;
        }
        if (piece == null && !ended) {
            asked = false;
            stop();
            client.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(written -> sent.run());
        } else {
            ready = piece;
            answered();
        }
    }

    private void answered() {
        asked = false;
        if (ended) {
            close();
        } else {
            go();
        }
    }

    private void close() {
        if (ready != null) {
            ready.release();
            ready = null;
        }
        feed.close();
        over.run();
    }
}
