// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.wire;

/// What the Python scripts of senders have in common.
final class Python {
    /// The C library as `libc`, and `struct mmsghdr` of sendmmsg(2), where all are 64 bits, as `Message`.
    static final String SENDMMSG = """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            class Message(ctypes.Structure):
                _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint),
                            ("iov", ctypes.c_void_p), ("iovlen", ctypes.c_size_t),
                            ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t),
                            ("flags", ctypes.c_size_t), ("sent", ctypes.c_size_t)]  # with what pads them
            """;

    private Python() {}
}
