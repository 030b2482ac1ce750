// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static dev.weir.bpf.ffi.NativeLibrary.pointer;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// What the file of a namespace tells about it (ioctl_nsfs(2)). Every function returns its value or a negative
/// errno.
public final class Namespaces {
    /// `NSFS_MAGIC` of `linux/magic.h`: what [Libc#fstatfs] says of the file of a namespace.
    public static final long NSFS_MAGIC = 0x6e73_6673L;

    private static final long NS_GET_NSTYPE = 0xb703; // _IO(0xb7, 3) of linux/nsfs.h
    private static final int STAT_BYTES = 144; // of amd64, the longest
    private static final int STAT_INODE = 8; // st_ino follows st_dev, eight bytes, wherever Weir runs

    private static final NativeLibrary LIBC = NativeLibrary.libc();

    private static final MethodHandle FSTAT = LIBC.bindWithErrno("fstat", 2);
    private static final MethodHandle IOCTL = LIBC.bindWithErrno("ioctl", 2);

    private Namespaces() {}

    /// `int fstat(int fd, struct stat *buf)`: the inode number, which is the identity of a namespace.
    public static long inode(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment stat = arena.allocate(STAT_BYTES, Long.BYTES);
            int result = (int) (long) FSTAT.invokeExact(errno, (long) fd, pointer(stat));
            return result == 0 ? stat.get(JAVA_LONG, STAT_INODE) : CapturedErrno.orResult(result, errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int ioctl(int fd, NS_GET_NSTYPE)`: the `CLONE_NEW*` flag of the kind of namespace behind a file of nsfs.
    public static int type(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            return CapturedErrno.orResult((int) (long) IOCTL.invokeExact(errno, (long) fd, NS_GET_NSTYPE), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }
}
