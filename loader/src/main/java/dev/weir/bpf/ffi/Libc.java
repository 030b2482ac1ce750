// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static dev.weir.bpf.ffi.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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

    private static final NativeFunction OPEN = LIBC.bind("open");
    private static final NativeFunction CLOSE = LIBC.bind("close");
    private static final NativeFunction FCNTL = LIBC.bind("fcntl");
    private static final NativeFunction FSTATFS = LIBC.bind("fstatfs");
    private static final NativeFunction FLOCK = LIBC.bind("flock");
    private static final NativeFunction SETNS = LIBC.bind("setns");
    private static final NativeFunction CLOCK_GETTIME = LIBC.bind("clock_gettime");
    private static final NativeFunction CLOCK_GETRES = LIBC.bind("clock_getres");
    private static final NativeFunction MMAP = LIBC.bind("mmap");
    private static final NativeFunction GETPAGESIZE = LIBC.bind("getpagesize");
    private static final NativeFunction MUNMAP = LIBC.bind("munmap");
    private static final NativeFunction SYSCALL = LIBC.bind("syscall");

    private Libc() {}

    /// `int open(const char *path, int flags, ...)`; not for flags that create files.
    public static int open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return OPEN.callInt(pointer(arena.allocateFrom(path)), flags);
        }
    }

    /// `int close(int fd)`; the descriptor is gone whatever it returns (close(2), on EINTR).
    public static int close(int fd) {
        return CLOSE.callInt(fd);
    }

    /// `int fcntl(int fd, F_DUPFD_CLOEXEC, 3)`: another descriptor of the same file, above the standard ones.
    public static int dup(int fd) {
        return FCNTL.callInt(fd, F_DUPFD_CLOEXEC, 3);
    }

    /// `int fstatfs(int fd, struct statfs *buf)`: the magic number of the file system (`linux/magic.h`).
    public static long fstatfs(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statfs = arena.allocate(STATFS_BYTES, Long.BYTES);
            int result = FSTATFS.callInt(fd, pointer(statfs));
            return result == 0 ? statfs.get(JAVA_LONG, 0) : result;
        }
    }

    /// `int flock(int fd, int operation)`.
    public static int flock(int fd, int operation) {
        return FLOCK.callInt(fd, operation);
    }

    /// `int setns(int fd, int nstype)`: moves the calling thread, and only it.
    public static int setns(int fd, int type) {
        return SETNS.callInt(fd, type);
    }

    /// `int clock_gettime(clockid_t clock, struct timespec *tp)`, in nanoseconds.
    public static long clock_gettime(int clock) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(JAVA_LONG, 2);
            return nanos(CLOCK_GETTIME.callInt(clock, pointer(time)), time);
        }
    }

    /// `int clock_getres(clockid_t clock, struct timespec *res)`, in nanoseconds.
    public static long clock_getres(int clock) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(JAVA_LONG, 2);
            return nanos(CLOCK_GETRES.callInt(clock, pointer(time)), time);
        }
    }

    private static long nanos(int result, MemorySegment time) {
        return result == 0 ? time.getAtIndex(JAVA_LONG, 0) * NANOS + time.getAtIndex(JAVA_LONG, 1) : result;
    }

    /// `int getpagesize(void)`.
    public static int getpagesize() {
        return (int) GETPAGESIZE.call();
    }

    /// `void *mmap(NULL, size_t length, int prot, MAP_SHARED, int fd, off_t offset)`: the address of the mapping.
    ///
    /// @param writable PROT_READ | PROT_WRITE, else PROT_READ
    public static long mmap(int fd, long length, boolean writable, long offset) {
        return MMAP.callLong(0, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, offset);
    }

    /// The `length` bytes that [#mmap] returned, unmapped when `arena` is closed.
    public static MemorySegment mapping(long address, long length, Arena arena) {
        return MemorySegment.ofAddress(address).reinterpret(length, arena, Libc::munmap);
    }

    private static void munmap(MemorySegment mapping) {
        int result = MUNMAP.callInt(pointer(mapping), mapping.byteSize());
        if (result != 0) {
            throw new AssertionError("munmap of a whole mapping: errno " + -result);
        }
    }

    /// `int bpf(int command, union bpf_attr *attr, unsigned int size)`, for what libbpf 1.1 has no function for.
    public static int bpf(int command, MemorySegment attr) {
        return (int) SYSCALL.callLong(bpfNumber(), command, pointer(attr), attr.byteSize());
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
