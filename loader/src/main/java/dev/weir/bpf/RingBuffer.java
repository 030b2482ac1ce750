// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.weir.abi.Codec;
import dev.weir.bpf.ffi.Libc;
import dev.weir.bpf.ffi.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/// A ring buffer map: programs put records in, one reader takes them out, in order and without a system call. What is
/// where is told in `kernel/bpf/ringbuf.c`: a page with the reader's position, a page with the writers', then the
/// data, mapped twice in a row so that no record is ever cut. One thread of one process at a time takes records out;
/// the kernel does not see to that. [#wake()] is for any thread.
public final class RingBuffer extends MapHandle {
    private static final VarHandle INT = JAVA_INT.varHandle();
    private static final VarHandle LONG = JAVA_LONG.varHandle();

    private static final int BUSY = 1 << 31;
    private static final int DISCARDED = 1 << 30;
    private static final int HEADER_BYTES = 8;
    private static final int WAKE_READY = 1; // the bit of the first descriptor that is polled

    private final Arena arena;
    private final MemorySegment reader; // its first word: how much was taken out, ever
    private final MemorySegment writers; // its first word: how much was put in, ever
    private final MemorySegment data;
    private final int wakeFd;

    private RingBuffer(int fd, MapInfo info, Arena arena, int wakeFd) {
        super(fd, info);
        long page = Libc.getpagesize();
        long size = info.maxEntries();
        this.arena = arena;
        this.wakeFd = wakeFd;
        this.reader = map(fd, info, arena, page, true, 0);
        MemorySegment rest = map(fd, info, arena, page + 2 * size, false, page);
        this.writers = rest.asSlice(0, page);
        this.data = rest.asSlice(page);
    }

    /// Takes over `fd`, also when it throws.
    static RingBuffer owning(int fd) {
        return Owned.handle(fd, info -> {
            check(info, info.type() == MapInfo.RINGBUF, "a ring buffer");
            int wakeFd = Sockets.eventfd();
            if (wakeFd < 0) {
                throw BpfException.of("open an event descriptor for " + info.name(), wakeFd);
            }
            Arena arena = Arena.ofShared();
            try {
                return new RingBuffer(fd, info, arena, wakeFd);
            } catch (RuntimeException e) {
                arena.close();
                Libc.close(wakeFd);
                throw e;
            }
        });
    }

    private static MemorySegment map(int fd, MapInfo info, Arena arena, long length, boolean writable, long offset) {
        long address = Libc.mmap(fd, length, writable, offset);
        if (address < 0) {
            throw BpfException.of("map " + info.name() + " into memory", (int) address);
        }
        return Libc.mapping(address, length, arena);
    }

    /// Opens and maps the ring buffer that is pinned at `path`. Nothing is taken out by that.
    ///
    /// @throws BpfException.AbiMismatch when it is no ring buffer
    public static RingBuffer openPinned(Path path) {
        return owning(Pins.open(path));
    }

    /// Waits until there is a record, somebody calls [#wake()], or the time is over.
    ///
    /// @param timeout zero or negative: do not wait
    public void await(Duration timeout) {
        int ready = Sockets.poll(Math.clamp(timeout.toMillis(), 0, Integer.MAX_VALUE), wakeFd, fd());
        if (ready < 0 && !Errno.is(ready, Errno.EINTR)) {
            throw failed("wait for a record of", ready);
        }
        if (ready > 0 && (ready & WAKE_READY) != 0) {
            Sockets.eventfd_read(wakeFd);
        }
    }

    /// Ends an [#await], or the next one.
    public void wake() {
        Sockets.eventfd_write(wakeFd, 1);
    }

    /// Takes out every record that is there now, in the order in which they were put in. A record counts as taken
    /// before `action` sees it, and one that is not as long as the codec says is taken and not shown.
    ///
    /// @return how many were taken
    public <T> int drain(Codec<T> codec, Consumer<? super T> action) {
        return walk(codec, action, true);
    }

    /// Shows every record that is there now and leaves it there; while somebody else takes records out, some may be
    /// shown half overwritten.
    public <T> void peek(Codec<T> codec, Consumer<? super T> action) {
        walk(codec, action, false);
    }

    private <T> int walk(Codec<T> codec, Consumer<? super T> action, boolean take) {
        long at = (long) LONG.getAcquire(open(reader), 0L);
        long end = (long) LONG.getAcquire(open(writers), 0L);
        int records = 0;
        while (at < end) {
            long offset = at & (info().maxEntries() - 1);
            int header = (int) INT.getAcquire(data, offset);
            if ((header & BUSY) != 0) {
                break; // its writer is not done, and those behind it wait
            }
            int length = header & ~DISCARDED;
            T record = (header & DISCARDED) == 0 && length == codec.byteSize()
                    ? codec.decode(data.asSlice(offset + HEADER_BYTES, length))
                    : null;
            at += (HEADER_BYTES + length + Long.BYTES - 1L) / Long.BYTES * Long.BYTES;
            records++;
            if (take) {
                LONG.setRelease(reader, 0L, at);
            }
            if (record != null) {
                action.accept(record);
            }
        }
        return records;
    }

    /// Unmaps and closes; a use after it, by whatever thread, throws.
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
            Libc.close(wakeFd);
        }
        super.close();
    }

    private MemorySegment open(MemorySegment part) {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException(this + " is closed");
        }
        return part;
    }
}
