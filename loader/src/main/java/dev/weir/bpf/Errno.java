// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

/// An error number of the kernel.
///
/// @param number positive, as in `asm-generic/errno.h`, which amd64, arm64 and riscv64 share
/// @param name such as `ENOENT`
/// @param text what it means, in a few words
public record Errno(int number, String name, String text) {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int EINVAL = 22;
    public static final int ENOSPC = 28;
    public static final int ERANGE = 34;
    public static final int ENOSYS = 38;
    public static final int EOPNOTSUPP = 95;
    public static final int ENOBUFS = 105;
    /// Not for user space by its definition, but the bpf system call returns it.
    public static final int ENOTSUPP = 524;

    /// The error of a call that returned `result`, which is a negative errno.
    ///
    /// @throws IllegalArgumentException when `result` is not negative
    public static Errno of(long result) {
        if (result >= 0) {
            throw new IllegalArgumentException(result + " is not a negative errno");
        }
        int number = (int) -result;
        return switch (number) {
            case EPERM -> new Errno(number, "EPERM", "operation not permitted");
            case ENOENT -> new Errno(number, "ENOENT", "nothing is there by that name or key");
            case 3 -> new Errno(number, "ESRCH", "no such process");
            case EINTR -> new Errno(number, "EINTR", "interrupted by a signal");
            case 5 -> new Errno(number, "EIO", "input or output failed");
            case 7 -> new Errno(number, "E2BIG", "too big: the map is full, or an argument too long");
            case 9 -> new Errno(number, "EBADF", "not an open descriptor of the right kind");
            case EAGAIN -> new Errno(number, "EAGAIN", "not now; another holds it or there is nothing yet");
            case ENOMEM -> new Errno(number, "ENOMEM", "out of memory");
            case EACCES -> new Errno(number, "EACCES", "access denied");
            case 14 -> new Errno(number, "EFAULT", "bad address");
            case EBUSY -> new Errno(number, "EBUSY", "in use");
            case EEXIST -> new Errno(number, "EEXIST", "there already");
            case ENODEV -> new Errno(number, "ENODEV", "no such device");
            case 20 -> new Errno(number, "ENOTDIR", "not a directory");
            case 21 -> new Errno(number, "EISDIR", "a directory");
            case EINVAL -> new Errno(number, "EINVAL", "an argument that this kernel does not take");
            case 23 -> new Errno(number, "ENFILE", "too many open files on the host");
            case 24 -> new Errno(number, "EMFILE", "too many open files in this process");
            case ENOSPC -> new Errno(number, "ENOSPC", "no room left");
            case 30 -> new Errno(number, "EROFS", "the file system is read-only");
            case ERANGE -> new Errno(number, "ERANGE", "out of range");
            case ENOSYS -> new Errno(number, "ENOSYS", "the kernel does not have this system call");
            case 61 -> new Errno(number, "ENODATA", "no data");
            case 67 -> new Errno(number, "ENOLINK", "the link was cut");
            case 90 -> new Errno(number, "EMSGSIZE", "message too long");
            case EOPNOTSUPP -> new Errno(number, "EOPNOTSUPP", "not supported");
            case 97 -> new Errno(number, "EAFNOSUPPORT", "address family not supported");
            case ENOBUFS -> new Errno(number, "ENOBUFS", "no buffer space left");
            case 110 -> new Errno(number, "ETIMEDOUT", "timed out");
            case 116 -> new Errno(number, "ESTALE", "changed by another in between");
            case ENOTSUPP -> new Errno(number, "ENOTSUPP", "not supported");
            default -> new Errno(number, "errno " + number, "see errno(3)");
        };
    }

    /// As `result`, for a switch: is it this error?
    static boolean is(int result, int errno) {
        return result == -errno;
    }

    @Override
    public String toString() {
        return name + " – " + text;
    }
}
