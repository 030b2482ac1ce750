// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.probe;

import dev.weir.bpf.ffi.Libc;
import java.util.concurrent.atomic.AtomicBoolean;

/// A held lock of a directory; closing it lets go.
public final class Lock implements AutoCloseable {
    private final int fd;
    private final AtomicBoolean closed = new AtomicBoolean();

    /// Takes over `fd`, on which the lock is held.
    Lock(int fd) {
        this.fd = fd;
    }

    /// Lets go; again is nothing.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            Libc.close(fd);
        }
    }
}
