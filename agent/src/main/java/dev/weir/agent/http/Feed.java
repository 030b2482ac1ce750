// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// The body of an answer that is made piece by piece, each only when its client has taken the ones before but for
/// [#ahead]. So a client that does not read costs no more than these, and the one that it reads. Asked by one thread at
/// a time.
non-sealed interface Feed extends Answer, AutoCloseable {
    /// Said by [#next] where there is nothing to send yet.
    ByteBuf NOTHING_YET = Unpooled.EMPTY_BUFFER;

    String contentType();

    /// The most that a piece may take.
    int kibibytes();

    /// So many pieces may be ready before the client has taken the last, at least one.
    default int ahead() {
        return 1;
    }

    /// The next piece, which is to be released, or [#NOTHING_YET]; null: the body is complete. Does not wait.
    @Nullable
    ByteBuf next();

    /// The client has gone, or has all.
    @Override
    default void close() {}
}
