// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import org.jspecify.annotations.Nullable;

/// The body of an answer that is made piece by piece, each only when its client has taken the ones
/// before. So a client that does not read costs no more than two pieces. Asked by one thread at a time.
non-sealed interface Feed extends Answer, AutoCloseable {
    /// Said by [#next] where there is nothing to send yet.
    byte[] NOTHING_YET = {};

    String contentType();

    /// The most that a piece may take.
    int kibibytes();

    /// The next piece, or [#NOTHING_YET]; null: the body is complete. Does not wait.
    byte @Nullable [] next();

    /// The client has gone, or has all.
    @Override
    default void close() {}
}
