// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.bpf.ffi.Libc;
import java.util.concurrent.atomic.AtomicBoolean;

/// A descriptor that is closed once, and never used after: its number may then belong to another file.
final class BpfFd implements AutoCloseable {
    private final int fd;
    private final String what;
    private final AtomicBoolean closed = new AtomicBoolean();

    private BpfFd(int fd, String what) {
        this.fd = fd;
        this.what = what;
    }

    /// Takes over `fd`.
    ///
    /// @param what for the message of a use after close
    static BpfFd owning(int fd, String what) {
        return new BpfFd(fd, what);
    }

    /// @throws IllegalStateException when it was closed
    int get() {
        if (closed.get()) {
            throw new IllegalStateException(what + " is closed");
        }
        return fd;
    }

    String what() {
        return what;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            Libc.close(fd);
        }
    }
}
