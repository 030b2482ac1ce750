// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.bpf.Errno;

/// A question to the kernel that got no usable answer. The message says what was attempted, on what, why it failed,
/// and what to do where that is known.
public final class NetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    static final int ENFILE = 23;
    static final int EMFILE = 24;
    static final int EPROTONOSUPPORT = 93;
    static final int ENETUNREACH = 101;
    static final int ETIMEDOUT = 110;
    static final int EHOSTUNREACH = 113;

    private final int errno;

    private NetException(String message, int errno) {
        super(message);
        this.errno = errno;
    }

    /// The kernel refused.
    ///
    /// @param operation what was attempted, on what
    /// @param errno positive
    static NetException refused(String operation, int errno) {
        return new NetException(operation + ": " + Errno.of(-(long) errno) + remedy(errno), errno);
    }

    /// The kernel answered, but not with what was asked for.
    static NetException unusable(String operation, String why) {
        return new NetException(operation + ": " + why, 0);
    }

    /// The error number of the kernel; 0 where it did answer, but with something unusable.
    public int errno() {
        return errno;
    }

    private static String remedy(int errno) {
        return switch (errno) {
            case Errno.EPERM, Errno.EACCES -> "; run as root, or with CAP_SYS_ADMIN and CAP_NET_ADMIN";
            case EMFILE -> "; raise the limit of open files (LimitNOFILE= of the unit, or ulimit -n)";
            case ENFILE -> "; raise fs.file-max";
            case Errno.EINTR, ETIMEDOUT -> "; try again when fewer devices come and go";
            default -> "";
        };
    }
}
