// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The connections that are open, a limited number. Where one more comes, the one that has waited longest for its
/// client to send or to read gives way: so whoever fills the seats and sits there keeps nobody out. For all threads.
final class Seats {
    private final int limit;
    private final Set<Channel> taken = new HashSet<>();
    private final Set<Channel> waiting = new LinkedHashSet<>(); // for their clients, the longest first
    private long cut;
    private boolean closed;

    Seats(int limit) {
        this.limit = limit;
    }

    /// Gives a new connection a seat until it closes.
    ///
    /// @return false where every other is being worked for, so that the new one was closed
    @SuppressWarnings("FutureReturnValueIgnored") // nothing follows the close
    boolean seat(Channel newcomer) {
        Channel loser = enter(newcomer);
        if (loser != null) {
            loser.close();
        }
        newcomer.closeFuture().addListener(closed -> leave(newcomer));
        return !newcomer.equals(loser);
    }

    /// Closes every connection, and each that comes from now on. An event loop that is told to end while
    /// it runs a task ends without doing so (`SingleThreadIoEventLoop.run` of Netty 4.2).
    void close() {
        List<Channel> last;
        synchronized (this) {
            closed = true;
            last = List.copyOf(taken);
        }
        last.stream().map(Channel::close).toList().forEach(Future::awaitUninterruptibly);
    }

    /// Who has to go for it: nobody, another, or the newcomer itself.
    private synchronized @Nullable Channel enter(Channel newcomer) {
        if (closed) {
            return newcomer;
        }
        if (taken.size() < limit) {
            taken.add(newcomer);
            return null;
        }
        cut++;
        Iterator<Channel> order = waiting.iterator();
        if (!order.hasNext()) {
            return newcomer;
        }
        Channel longest = order.next();
        order.remove();
        taken.remove(longest);
        taken.add(newcomer);
        return longest;
    }

    /// From now on, if not before, this connection waits for its client.
    synchronized void waits(Channel connection) {
        if (taken.contains(connection)) {
            waiting.add(connection);
        }
    }

    /// From now on the client waits for us.
    synchronized void works(Channel connection) {
        waiting.remove(connection);
    }

    synchronized int taken() {
        return taken.size();
    }

    /// How many were closed to make room.
    synchronized long cut() {
        return cut;
    }

    private synchronized void leave(Channel connection) {
        taken.remove(connection);
        waiting.remove(connection);
    }
}
