// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static dev.weir.bpf.ffi.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What the file of a namespace tells about it (ioctl_nsfs(2)). Every function returns its value or a negative
/// errno.
public final class Namespaces {
    /// `NSFS_MAGIC` of `linux/magic.h`: what [Libc#fstatfs] says of the file of a namespace.
    public static final long NSFS_MAGIC = 0x6e73_6673L;

    private static final long NS_GET_NSTYPE = 0xb703; // _IO(0xb7, 3) of linux/nsfs.h
    private static final int STAT_BYTES = 144; // of amd64, the longest
    private static final int STAT_INODE = 8; // st_ino follows st_dev, eight bytes, wherever Weir runs

    private static final NativeLibrary LIBC = NativeLibrary.libc();

    private static final NativeFunction FSTAT = LIBC.bind("fstat");
    private static final NativeFunction IOCTL = LIBC.bind("ioctl");

    private Namespaces() {}

    /// `int fstat(int fd, struct stat *buf)`: the inode number, which is the identity of a namespace.
    public static long inode(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stat = arena.allocate(STAT_BYTES, Long.BYTES);
            int result = FSTAT.callInt(fd, pointer(stat));
            return result == 0 ? stat.get(JAVA_LONG, STAT_INODE) : result;
        }
    }

    /// `int ioctl(int fd, NS_GET_NSTYPE)`: the `CLONE_NEW*` flag of the kind of namespace behind a file of nsfs.
    public static int type(int fd) {
        return IOCTL.callInt(fd, NS_GET_NSTYPE);
    }
}
