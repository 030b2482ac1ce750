// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.bpf.Errno;
import dev.weir.bpf.ffi.Libc;
import dev.weir.bpf.ffi.Namespaces;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/// A network namespace, held by a descriptor: it lives until [#close()] at least, whatever becomes of its name and
/// of its processes. Safe for use by several threads.
public final class NetworkNamespace implements AutoCloseable {
    private static final int O_NONBLOCK =
            0x800; // asm-generic/fcntl.h: a pipe in the place of a namespace must not hold us

    static final Path NAMES = Path.of("/run/netns"); // ip-netns(8)

    private final String name;
    private final long inode;
    private int fd;

    private NetworkNamespace(String name, long inode, int fd) {
        this.name = name;
        this.inode = inode;
        this.fd = fd;
    }

    /// What may be done inside a namespace.
    @FunctionalInterface
    public interface Task<T extends @Nullable Object, E extends Exception> {
        T run() throws E;
    }

    /// Opens the namespace whose file is at `path`, such as `/run/netns/blue`.
    ///
    /// @throws NetException if there is none, if it is something else, or if that is not permitted
    public static NetworkNamespace open(Path path) {
        int fd = Libc.open(path.toString(), Libc.O_RDONLY | Libc.O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) {
            throw NetException.refused("open network namespace " + path, -fd);
        }
        if (Libc.fstatfs(fd) != Namespaces.NSFS_MAGIC || Namespaces.type(fd) != Libc.CLONE_NEWNET) {
            Libc.close(fd);
            throw NetException.unusable("open network namespace " + path, "it is not the file of a network namespace");
        }
        long inode = Namespaces.inode(fd);
        if (inode < 0) {
            Libc.close(fd);
            throw NetException.refused("read the inode of network namespace " + path, (int) -inode);
        }
        return new NetworkNamespace(path.toString(), inode, fd);
    }

    /// Opens the namespace that has this name under `/run/netns`.
    ///
    /// @throws NetException as [#open]
    public static NetworkNamespace ofName(String name) {
        return open(NAMES.resolve(name));
    }

    /// Opens the namespace that process `pid` is in.
    ///
    /// @throws NetException if the process has ended, or if that is not permitted
    public static NetworkNamespace ofProcess(long pid) {
        return open(Path.of("/proc", Long.toString(pid), "ns", "net"));
    }

    /// Opens the namespace of the calling thread.
    public static NetworkNamespace current() {
        return open(Path.of("/proc/thread-self/ns/net"));
    }

    /// What stands under `/run/netns`, in no order.
    ///
    /// @throws NetException if the directory cannot be read
    public static List<String> names() {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(NAMES)) {
            files.forEach(file -> names.add(String.valueOf(file.getFileName())));
            return names;
        } catch (NoSuchFileException e) {
            return List.of(); // no namespace was ever named on this host
        } catch (IOException | DirectoryIteratorException e) {
            throw NetException.unusable("list " + NAMES, e.toString());
        }
    }

    /// Opens the namespace of this name; empty where nothing has it any more. While `ip netns` makes or deletes one,
    /// its file is a plain one for a moment: ask again before telling anybody that it is stale.
    ///
    /// @throws NetException if descriptors or memory run out
    public static Optional<NamedNamespace> named(String name) {
        try {
            return Optional.of(new NamedNamespace.Live(name, ofName(name)));
        } catch (NetException e) {
            return switch (e.errno()) {
                case NetException.EMFILE, NetException.ENFILE, Errno.ENOMEM -> throw e;
                case Errno.ENOENT -> Optional.empty();
                default -> Optional.of(new NamedNamespace.Stale(name, String.valueOf(e.getMessage())));
            };
        }
    }

    /// Opens every namespace that has a name, as [#named(String)] does; the caller closes the ones in the result. Names
    /// that go while this looks are left out.
    ///
    /// @throws NetException if the directory cannot be read or descriptors run out; nothing is left open then
    public static List<NamedNamespace> named() {
        return openEach(names());
    }

    static List<NamedNamespace> openEach(Iterable<String> names) {
        List<NamedNamespace> found = new ArrayList<>();
        try {
            names.forEach(name -> named(name).ifPresent(found::add));
        } catch (RuntimeException e) {
            for (NamedNamespace one : found) {
                if (one instanceof NamedNamespace.Live live) {
                    live.namespace().close();
                }
            }
            throw e;
        }
        return found;
    }

    /// Whether something has this name, be it a namespace or a leftover.
    public static boolean isNamed(String name) {
        return Files.exists(NAMES.resolve(name));
    }

    /// The identity of the namespace, the same for everyone who looks; used again after the namespace is gone.
    public long inode() {
        return inode;
    }

    /// Runs `task` inside this namespace and returns its result. The task runs on a platform thread that is made
    /// for it and ends with it, so that no thread ever goes on in the wrong namespace; the calling thread waits,
    /// and stays where it is. Threads that the task starts inherit the namespace. Sockets belong to the namespace
    /// in which they were opened, so a task may hand one out.
    ///
    /// What the task throws comes out as it is. An interrupt of the waiting thread is passed on to the task, and is
    /// set again once the task has ended.
    ///
    /// @throws NetException if the namespace cannot be entered
    /// @throws IllegalStateException after [#close()]
    public <T extends @Nullable Object, E extends Exception> T call(Task<T, E> task) throws E {
        Visit<T, E> visit = new Visit<>(this, task);
        Thread thread = Thread.ofPlatform().daemon().name("netns-" + inode).start(visit);
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                thread.interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return visit.result();
    }

    private void enter() {
        int result = withFd(open -> Libc.setns(open, Libc.CLONE_NEWNET));
        if (result < 0) {
            throw NetException.refused("enter " + this, -result);
        }
    }

    /// Applies `function` to the descriptor, which stays open meanwhile.
    synchronized int withFd(IntUnaryOperator function) {
        if (fd < 0) {
            throw new IllegalStateException(this + " is closed");
        }
        return function.applyAsInt(fd);
    }

    @Override
    public synchronized void close() {
        if (fd >= 0) {
            Libc.close(fd);
            fd = -1;
        }
    }

    @Override
    public String toString() {
        return "network namespace " + name + " (inode " + inode + ")";
    }

    /// One task on its thread. The thread's end makes the fields visible to who joins it.
    private static final class Visit<T extends @Nullable Object, E extends Exception> implements Runnable {
        private final NetworkNamespace namespace;
        private final Task<T, E> task;
        private @Nullable T value;
        private @Nullable Throwable failure;

        Visit(NetworkNamespace namespace, Task<T, E> task) {
            this.namespace = namespace;
            this.task = task;
        }

        @Override
        public void run() {
            try {
                namespace.enter();
                value = task.run();
            } catch (Throwable e) {
                failure = e;
            }
        }

        /// The task can have thrown nothing but an `E` or what is unchecked, and has set `value` if it threw
        /// nothing.
        @SuppressWarnings({"unchecked", "NullAway"})
        T result() throws E {
            return switch (failure) {
                case null -> value;
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw (E) e;
            };
        }
    }
}
