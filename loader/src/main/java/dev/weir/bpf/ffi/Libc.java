// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static dev.weir.bpf.ffi.NativeLibrary.pointer;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/// Files, namespaces, clocks and memory of the C library. Every function returns its value or a negative errno.
public final class Libc {
    public static final int O_RDONLY = 0;
    public static final int O_DIRECTORY = "aarch64".equals(System.getProperty("os.arch", "")) ? 0x4000 : 0x1_0000;
    public static final int O_CLOEXEC = 0x8_0000;
    public static final int LOCK_EX = 2;
    public static final int LOCK_NB = 4;
    public static final int CLONE_NEWNET = 0x4000_0000;
    public static final int CLOCK_MONOTONIC = 1;
    public static final int CLOCK_MONOTONIC_COARSE = 6;

    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;
    private static final int STATFS_BYTES = 120;
    private static final long NANOS = 1_000_000_000L;

    private static final NativeLibrary LIBC = NativeLibrary.libc();

    private static final MethodHandle OPEN = LIBC.bindWithErrno("open", 2);
    private static final MethodHandle CLOSE = LIBC.bindWithErrno("close", 1);
    private static final MethodHandle FCNTL = LIBC.bindWithErrno("fcntl", 3);
    private static final MethodHandle FSTATFS = LIBC.bindWithErrno("fstatfs", 2);
    private static final MethodHandle FLOCK = LIBC.bindWithErrno("flock", 2);
    private static final MethodHandle SETNS = LIBC.bindWithErrno("setns", 2);
    private static final MethodHandle CLOCK_GETTIME = LIBC.bindWithErrno("clock_gettime", 2);
    private static final MethodHandle CLOCK_GETRES = LIBC.bindWithErrno("clock_getres", 2);
    private static final MethodHandle MMAP = LIBC.bindWithErrno("mmap", 6);
    private static final MethodHandle GETPAGESIZE = LIBC.bind("getpagesize", 0);
    private static final MethodHandle MUNMAP = LIBC.bindWithErrno("munmap", 2);
    private static final MethodHandle SYSCALL = LIBC.bindWithErrno("syscall", 4);

    private Libc() {}

    /// `int open(const char *path, int flags, ...)`; not for flags that create files.
    public static int open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            return CapturedErrno.orResult(
                    (int) (long) OPEN.invokeExact(errno, pointer(arena.allocateFrom(path)), (long) flags), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int close(int fd)`; the descriptor is gone whatever it returns (close(2), on EINTR).
    public static int close(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            return CapturedErrno.orResult((int) (long) CLOSE.invokeExact(errno, (long) fd), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int fcntl(int fd, F_DUPFD_CLOEXEC, 3)`: another descriptor of the same file, above the standard ones.
    public static int dup(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            return CapturedErrno.orResult(
                    (int) (long) FCNTL.invokeExact(errno, (long) fd, (long) F_DUPFD_CLOEXEC, 3L), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int fstatfs(int fd, struct statfs *buf)`: the magic number of the file system (`linux/magic.h`).
    public static long fstatfs(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment statfs = arena.allocate(STATFS_BYTES, Long.BYTES);
            int result = (int) (long) FSTATFS.invokeExact(errno, (long) fd, pointer(statfs));
            return result == 0 ? statfs.get(JAVA_LONG, 0) : CapturedErrno.orResult(result, errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int flock(int fd, int operation)`.
    public static int flock(int fd, int operation) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            return CapturedErrno.orResult((int) (long) FLOCK.invokeExact(errno, (long) fd, (long) operation), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int setns(int fd, int nstype)`: moves the calling thread, and only it.
    public static int setns(int fd, int type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            return CapturedErrno.orResult((int) (long) SETNS.invokeExact(errno, (long) fd, (long) type), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int clock_gettime(clockid_t clock, struct timespec *tp)`, in nanoseconds.
    public static long clock_gettime(int clock) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment time = arena.allocate(JAVA_LONG, 2);
            return nanos((int) (long) CLOCK_GETTIME.invokeExact(errno, (long) clock, pointer(time)), errno, time);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int clock_getres(clockid_t clock, struct timespec *res)`, in nanoseconds.
    public static long clock_getres(int clock) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment time = arena.allocate(JAVA_LONG, 2);
            return nanos((int) (long) CLOCK_GETRES.invokeExact(errno, (long) clock, pointer(time)), errno, time);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    private static long nanos(int result, MemorySegment errno, MemorySegment time) {
        return result == 0
                ? time.getAtIndex(JAVA_LONG, 0) * NANOS + time.getAtIndex(JAVA_LONG, 1)
                : CapturedErrno.orResult(result, errno);
    }

    /// `int getpagesize(void)`.
    public static int getpagesize() {
        try {
            return (int) (long) GETPAGESIZE.invokeExact();
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `void *mmap(NULL, size_t length, int prot, MAP_SHARED, int fd, off_t offset)`: the address of the mapping.
    ///
    /// @param writable PROT_READ | PROT_WRITE, else PROT_READ
    public static long mmap(int fd, long length, boolean writable, long offset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
            long address =
                    (long) MMAP.invokeExact(errno, 0L, length, (long) protection, (long) MAP_SHARED, (long) fd, offset);
            return CapturedErrno.orResult(address, errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// The `length` bytes that [#mmap] returned, unmapped when `arena` is closed.
    public static MemorySegment mapping(long address, long length, Arena arena) {
        return MemorySegment.ofAddress(address).reinterpret(length, arena, Libc::munmap);
    }

    private static void munmap(MemorySegment mapping) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            int result = (int) (long) MUNMAP.invokeExact(errno, pointer(mapping), mapping.byteSize());
            if (result != 0) {
                throw new AssertionError("munmap of a whole mapping: errno " + CapturedErrno.number(errno));
            }
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf(int command, union bpf_attr *attr, unsigned int size)`, for what libbpf 1.1 has no function for.
    public static int bpf(int command, MemorySegment attr) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            long result =
                    (long) SYSCALL.invokeExact(errno, bpfNumber(), (long) command, pointer(attr), attr.byteSize());
            return (int) CapturedErrno.orResult(result, errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// Number of the system call `bpf` (`asm/unistd.h`).
    private static long bpfNumber() {
        String architecture = System.getProperty("os.arch", "");
        return switch (architecture) {
            case "amd64" -> 321;
            case "aarch64", "riscv64" -> 280;
            default ->
                throw new UnsatisfiedLinkError(String.format(
                        Locale.ROOT,
                        "the number of the system call bpf is not known on %s; run Weir on amd64",
                        architecture));
        };
    }
}
