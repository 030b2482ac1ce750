// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import java.time.Duration;

/// What clients may take up.
/// @param connections open at once; for one more, that one is closed which waits longest for its
///     client. More than may wait for threads, so that there is always such a one
/// @param patience for a whole request, from the moment one may be sent; and for each part of an
///     answer to be read
/// @param lineBytes of the first line of a request
/// @param headerBytes of all its headers
/// @param pipelined requests of one connection that may wait for their turn
/// @param waiting requests of all connections that may wait for a thread
/// @param streams that may be open at once: answers that have no end, or are as long as a table
/// @param unreadKibibytes of large answers that may be in memory because clients have not read them yet
record HttpLimits(
        int connections,
        Duration patience,
        int lineBytes,
        int headerBytes,
        int pipelined,
        int waiting,
        int streams,
        int unreadKibibytes) {
    static final HttpLimits DEFAULT = new HttpLimits(256, Duration.ofSeconds(10), 4096, 16384, 8, 64, 32, 16384);

    /// Answers up to this size do not count as large: all connections together could hold little of them.
    static final int SMALL_BYTES = 16384;
}
