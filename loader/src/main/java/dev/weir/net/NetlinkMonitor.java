// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.bpf.Errno;
import dev.weir.bpf.ffi.Libc;
import dev.weir.bpf.ffi.Sockets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Hears that devices or addresses have changed: in the namespace of the thread that opened it, and in all that have
/// an id there ([RouteNetlink#nsidOf] gives one, which is no news); and that routes have changed, in the former
/// and in those that it is told to [#follow], so that no tenant can make noise with its own. It does not say what
/// has changed, only where ([#changes]): whoever hears of a change asks anew, and so can miss nothing. Open it before
/// the first question, so that nothing falls between.
///
/// One thread waits; [#changes()], [#wake()] and [#close()] are for any thread.
public final class NetlinkMonitor implements AutoCloseable {
    private static final int QUEUE_BYTES = 8 * 1024 * 1024;
    private static final long OWN = 0; // stands for this namespace: no inode is 0
    private static final int DRAIN_LIMIT = 65_536; // more than the queue holds: a storm must not keep us from the work

    private static final int MOST_PLACES = 4_096; // more of them are told as everywhere

    private static final int WAKE = 0; // which descriptor that is, of those that are polled

    private final ReentrantLock waiting = new ReentrantLock(); // held while the descriptors are in use
    private final byte[] start = new byte[Netlink.NLMSG_HEADER_BYTES]; // the rest of each message is dropped
    private final Object wakeLock = new Object(); // held while `wakeFd` is written or closed
    private final int fd; // hears all namespaces
    private final int wakeFd;
    private final Map<Long, Integer> routes = new HashMap<>(); // one descriptor a namespace, by inode
    private final Queue<Integer> ended = new ConcurrentLinkedQueue<>(); // to be closed by who waits: it may use them
    private final Object changesLock = new Object();
    private Changes changes = Changes.NONE; // guarded by changesLock
    private volatile int[] polled;
    private volatile boolean closed;

    private NetlinkMonitor(int fd, int ownFd, int wakeFd) {
        this.fd = fd;
        this.wakeFd = wakeFd;
        routes.put(OWN, ownFd);
        this.polled = polled();
    }

    /// Why [#await] returned.
    public enum Outcome {
        /// Something has changed.
        CHANGED,
        /// So much has changed that the kernel could not queue it all. Nothing was lost but the news of it: ask
        /// anew.
        LOST,
        /// The time is over.
        TIMEOUT,
        /// Somebody called [#wake()] or [#close()].
        WOKEN
    }

    /// Where something has changed, besides in the monitor's own namespace.
    ///
    /// @param everywhere whether news was lost, so that it may be anywhere
    /// @param nsids of the namespaces, by their ids in the monitor's own
    public record Changes(boolean everywhere, Set<Integer> nsids) {
        static final Changes NONE = new Changes(false, Set.of());

        /// For whoever has heard nothing.
        public static final Changes EVERYWHERE = new Changes(true, Set.of());

        public Changes {
            nsids = Set.copyOf(nsids);
        }

        private Changes and(Changes more) {
            Set<Integer> both = new HashSet<>(nsids);
            both.addAll(more.nsids);
            return everywhere || more.everywhere || both.size() > MOST_PLACES ? EVERYWHERE : new Changes(false, both);
        }
    }

    /// Begins to listen.
    ///
    /// @throws NetException if the kernel refuses; hearing other namespaces needs CAP_NET_BROADCAST
    public static NetlinkMonitor open() {
        int fd = NetlinkSocket.connected(Netlink.NETLINK_ROUTE);
        int ownFd = -1;
        try {
            NetlinkSocket.option(fd, "NETLINK_LISTEN_ALL_NSID", Sockets.NETLINK_LISTEN_ALL_NSID, 1);
            enlargeQueue(fd);
            join(fd, "RTNLGRP_LINK", Netlink.RTNLGRP_LINK);
            join(fd, "RTNLGRP_IPV4_IFADDR", Netlink.RTNLGRP_IPV4_IFADDR);
            join(fd, "RTNLGRP_IPV6_IFADDR", Netlink.RTNLGRP_IPV6_IFADDR);
            ownFd = openRoutes();
            int wakeFd = Sockets.eventfd();
            if (wakeFd < 0) {
                throw NetException.refused("open an event descriptor", -wakeFd);
            }
            return new NetlinkMonitor(fd, ownFd, wakeFd);
        } catch (NetException e) {
            Libc.close(fd);
            if (ownFd >= 0) {
                Libc.close(ownFd);
            }
            throw e;
        }
    }

    /// A descriptor that hears of routes in the namespace of the calling thread.
    private static int openRoutes() {
        int fd = NetlinkSocket.connected(Netlink.NETLINK_ROUTE);
        try {
            join(fd, "RTNLGRP_IPV4_ROUTE", Netlink.RTNLGRP_IPV4_ROUTE);
            join(fd, "RTNLGRP_IPV6_ROUTE", Netlink.RTNLGRP_IPV6_ROUTE);
            return fd;
        } catch (NetException e) {
            Libc.close(fd);
            throw e;
        }
    }

    /// Hears of routes in these namespaces from now on, and in its own, but in no other. A namespace that it follows
    /// lives on for as long as it does, also without a name. For one thread.
    ///
    /// @param namespaces open for as long as they are followed
    /// @return whether one is followed that was not before: what changed there until now was not heard
    /// @throws NetException if one cannot be entered, or the kernel refuses; then the one is not followed
    public boolean follow(Collection<NetworkNamespace> namespaces) {
        Set<Long> wanted =
                namespaces.stream().map(NetworkNamespace::inode).collect(Collectors.toCollection(HashSet::new));
        wanted.add(OWN);
        boolean left = false;
        boolean joined = false;
        for (Long gone : routes.keySet().stream()
                .filter(inode -> !wanted.contains(inode))
                .toList()) {
            ended.add(routes.remove(gone));
            left = true;
        }
        try {
            for (NetworkNamespace namespace : namespaces) {
                if (!routes.containsKey(namespace.inode())) {
                    routes.put(namespace.inode(), namespace.call(NetlinkMonitor::openRoutes));
                    joined = true;
                }
            }
        } finally {
            if (left || joined) {
                polled = polled();
                wake();
            }
        }
        return joined;
    }

    private int[] polled() {
        return IntStream.concat(
                        IntStream.of(wakeFd, fd), routes.values().stream().mapToInt(Integer::intValue))
                .toArray();
    }

    private static void join(int fd, String group, int number) {
        NetlinkSocket.option(fd, "membership in " + group, Netlink.NETLINK_ADD_MEMBERSHIP, number);
    }

    /// Beyond `net.core.rmem_max` only with CAP_NET_ADMIN; a shorter queue is not wrong, it only says LOST sooner.
    private static void enlargeQueue(int fd) {
        if (Sockets.setsockopt(fd, Sockets.SOL_SOCKET, Sockets.SO_RCVBUFFORCE, QUEUE_BYTES) < 0) {
            Sockets.setsockopt(fd, Sockets.SOL_SOCKET, Sockets.SO_RCVBUF, QUEUE_BYTES);
        }
    }

    /// Waits until something has changed, and forgets all that is queued by then, so that a burst is one return.
    /// What another thread changed before this returns CHANGED is seen by a question asked afterwards.
    ///
    /// @param timeout zero or negative: look, but do not wait
    /// @throws NetException if the kernel fails
    /// @throws IllegalStateException after [#close()]
    public Outcome await(Duration timeout) {
        long deadline = System.nanoTime() + saturatedNanos(timeout);
        waiting.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the netlink monitor is closed");
            }
            while (true) {
                closeEnded();
                int[] fds = polled; // whoever changes them wakes us
                int ready = Sockets.poll(millisUntil(deadline), fds);
                if (ready < 0) {
                    if (ready != -Errno.EINTR) {
                        throw NetException.refused("wait for changes of devices and addresses", -ready);
                    }
                } else if ((ready & 1 << WAKE) != 0) {
                    Sockets.eventfd_read(wakeFd);
                    return Outcome.WOKEN;
                } else if (ready != 0) {
                    return drainAll(fds);
                } else if (deadline - System.nanoTime() <= 0) {
                    return Outcome.TIMEOUT;
                }
            }
        } finally {
            waiting.unlock();
        }
    }

    private Outcome drainAll(int[] fds) {
        Set<Integer> nsids = new HashSet<>();
        boolean lost = false;
        for (int i = WAKE + 1; i < fds.length; i++) {
            lost |= drain(fds[i], nsids);
        }
        synchronized (changesLock) {
            changes = changes.and(new Changes(lost, nsids));
        }
        return lost ? Outcome.LOST : Outcome.CHANGED;
    }

    /// Where something has changed by what was heard until [#await] returned last; each is told once. What is asked for
    /// afterwards is as new, or the news of it is still to come.
    public Changes changes() {
        synchronized (changesLock) {
            Changes told = changes;
            changes = Changes.NONE;
            return told;
        }
    }

    private void closeEnded() {
        for (Integer fd = ended.poll(); fd != null; fd = ended.poll()) {
            Libc.close(fd);
        }
    }

    /// @param nsids filled with where the news is from
    /// @return whether some was lost
    private boolean drain(int fd, Set<Integer> nsids) {
        boolean lost = false;
        for (int i = 0; i < DRAIN_LIMIT; i++) {
            Sockets.Told told = Sockets.recvmsg(fd, start, Sockets.MSG_DONTWAIT);
            if (told.length() == -Errno.ENOBUFS) {
                lost = true;
            } else if (told.length() == -Errno.EAGAIN) {
                break;
            } else if (told.length() < 0 && told.length() != -Errno.EINTR) {
                throw NetException.refused("read changes of devices and addresses", -told.length());
            } else if (told.nsid() >= 0) {
                nsids.add(told.nsid());
            }
        }
        return lost;
    }

    private static long saturatedNanos(Duration timeout) {
        Duration longest = Duration.ofMillis(Integer.MAX_VALUE);
        return timeout.isNegative() ? 0 : (timeout.compareTo(longest) > 0 ? longest : timeout).toNanos();
    }

    /// Rounded up, so that nobody is told of a timeout before its time.
    private static int millisUntil(long deadline) {
        long nanos = deadline - System.nanoTime();
        return nanos <= 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, (nanos + 999_999) / 1_000_000);
    }

    /// Makes [#await] return WOKEN, now or when it is next called. Several calls before that count as one; none has
    /// an effect after [#close()].
    public void wake() {
        synchronized (wakeLock) {
            if (!closed) {
                Sockets.eventfd_write(wakeFd, 1);
            }
        }
    }

    /// Ends a wait that is going on, which returns WOKEN, and gives the descriptors back.
    @Override
    public void close() {
        synchronized (wakeLock) {
            if (closed) {
                return;
            }
            Sockets.eventfd_write(wakeFd, 1);
            closed = true;
        }
        waiting.lock(); // after the wait has ended
        try {
            closeEnded();
            for (int each : polled) {
                Libc.close(each);
            }
        } finally {
            waiting.unlock();
        }
    }
}
