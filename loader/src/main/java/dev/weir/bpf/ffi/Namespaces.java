// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static dev.weir.bpf.ffi.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What the file of a namespace tells about it (ioctl_nsfs(2)), and its name (statx(2)). Every function returns its
/// value or a negative errno.
public final class Namespaces {
    /// `NSFS_MAGIC` of `linux/magic.h`: what [Libc#fstatfs] says of the file of a namespace.
    public static final long NSFS_MAGIC = 0x6e73_6673L;

    private static final long NS_GET_NSTYPE = 0xb703; // _IO(0xb7, 3) of linux/nsfs.h
    private static final int STAT_BYTES = 144; // of amd64, the longest
    private static final int STAT_INODE = 8; // st_ino follows st_dev, eight bytes, wherever Weir runs

    private static final int AT_FDCWD = -100; // linux/fcntl.h
    private static final int STATX_MNT_ID_UNIQUE = 0x4000; // linux/stat.h, as all of struct statx; since Linux 6.8
    private static final long STATX_ATTR_MOUNT_ROOT = 0x2000;
    private static final int STATX_BYTES = 256;
    private static final int STATX_MASK = 0;
    private static final int STATX_ATTRIBUTES = 8;
    private static final int STATX_MNT_ID = 144;

    private static final NativeLibrary LIBC = NativeLibrary.libc();

    private static final NativeFunction FSTAT = LIBC.bind("fstat");
    private static final NativeFunction STATX = LIBC.bind("statx");
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

    /// `int statx(AT_FDCWD, const char *path, 0, STATX_MNT_ID_UNIQUE, struct statx *)`: the id of the mount whose root
    /// `path` is, which no other mount gets as long as the host runs; 0 where `path` is no such root, or where the
    /// kernel does not tell.
    public static long mount(String path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment told = arena.allocate(STATX_BYTES, Long.BYTES);
            int result =
                    STATX.callInt(AT_FDCWD, pointer(arena.allocateFrom(path)), 0, STATX_MNT_ID_UNIQUE, pointer(told));
            if (result < 0) {
                return result;
            }
            boolean isRoot = (told.get(JAVA_LONG, STATX_ATTRIBUTES) & STATX_ATTR_MOUNT_ROOT) != 0;
            boolean isUnique = (told.get(JAVA_INT, STATX_MASK) & STATX_MNT_ID_UNIQUE) != 0;
            return isRoot && isUnique ? told.get(JAVA_LONG, STATX_MNT_ID) : 0;
        }
    }

    /// `int ioctl(int fd, NS_GET_NSTYPE)`: the `CLONE_NEW*` flag of the kind of namespace behind a file of nsfs.
    public static int type(int fd) {
        return IOCTL.callInt(fd, NS_GET_NSTYPE);
    }
}
