// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Netlink sockets and waiting on descriptors. Every function returns its value or a negative errno.
public final class Sockets {
    public static final int AF_NETLINK = 16;
    public static final int SOCK_RAW_CLOEXEC = 3 | 0x8_0000;
    public static final int SOL_SOCKET = 1;
    public static final int SO_RCVBUF = 8;
    public static final int SO_RCVBUFFORCE = 33;
    public static final int SO_NETNS_COOKIE = 71; // asm-generic/socket.h
    public static final int MSG_TRUNC = 0x20;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int POLLIN = 1;

    private static final int EFD_CLOEXEC = 0x8_0000;
    private static final int SOCKADDR_NL_BYTES = 12;
    private static final int POLLFD_BYTES = 8;
    private static final int POLLFD_EVENTS = 4;
    private static final int POLLFD_REVENTS = 6;

    private static final NativeLibrary LIBC = NativeLibrary.libc();

    private static final MethodHandle SOCKET =
            LIBC.bind("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), CapturedErrno.OPTION);
    private static final MethodHandle CONNECT =
            LIBC.bind("connect", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT), CapturedErrno.OPTION);
    private static final MethodHandle SETSOCKOPT = LIBC.bind(
            "setsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT),
            CapturedErrno.OPTION);
    private static final MethodHandle GETSOCKOPT = LIBC.bind(
            "getsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS),
            CapturedErrno.OPTION);
    private static final MethodHandle SEND = LIBC.bind(
            "send", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT), CapturedErrno.OPTION);
    private static final MethodHandle RECV = LIBC.bind(
            "recv", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT), CapturedErrno.OPTION);
    private static final MethodHandle POLL =
            LIBC.bind("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT), CapturedErrno.OPTION);
    private static final MethodHandle EVENTFD =
            LIBC.bind("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT), CapturedErrno.OPTION);
    private static final MethodHandle EVENTFD_READ =
            LIBC.bind("eventfd_read", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS), CapturedErrno.OPTION);
    private static final MethodHandle EVENTFD_WRITE =
            LIBC.bind("eventfd_write", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG), CapturedErrno.OPTION);

    private Sockets() {}

    /// `int socket(int domain, int type, int protocol)`.
    public static int socket(int domain, int type, int protocol) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            return CapturedErrno.orResult((int) SOCKET.invokeExact(errno, domain, type, protocol), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int connect(int fd, const struct sockaddr_nl *address, socklen_t length)` to the kernel, which also binds
    /// the socket to a port of the kernel's choice. From then on no other process can send to it:
    /// `netlink_getsockbyportid` in `net/netlink/af_netlink.c` refuses whoever is not the other end.
    public static int connectToKernel(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment address = arena.allocate(SOCKADDR_NL_BYTES, Integer.BYTES);
            address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
            return CapturedErrno.orResult((int) CONNECT.invokeExact(errno, fd, address, SOCKADDR_NL_BYTES), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int setsockopt(int fd, int level, int option, const int *value, sizeof(int))`.
    public static int setsockopt(int fd, int level, int option, int value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment number = arena.allocateFrom(JAVA_INT, value);
            int result = (int) SETSOCKOPT.invokeExact(errno, fd, level, option, number, Integer.BYTES);
            return CapturedErrno.orResult(result, errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int getsockopt(int fd, int level, int option, u64 *value, socklen_t *length)`, of an option of eight bytes.
    public static long getsockopt(int fd, int level, int option) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment value = arena.allocate(JAVA_LONG);
            MemorySegment length = arena.allocateFrom(JAVA_INT, Long.BYTES);
            int result = (int) GETSOCKOPT.invokeExact(errno, fd, level, option, value, length);
            return result == 0 ? value.get(JAVA_LONG, 0) : CapturedErrno.orResult(result, errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `ssize_t send(int fd, const void *message, size_t length, 0)`.
    public static int send(int fd, byte[] message) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment data = arena.allocateFrom(JAVA_BYTE, message);
            return (int)
                    CapturedErrno.orResult((long) SEND.invokeExact(errno, fd, data, (long) message.length, 0), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `ssize_t recv(int fd, void *buffer, size_t length, int flags)`. With `MSG_TRUNC` the result is the length of
    /// the message, which may be more than the buffer took.
    public static int recv(int fd, byte[] buffer, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment data = arena.allocate(buffer.length);
            long length = (long) RECV.invokeExact(errno, fd, data, data.byteSize(), flags);
            if (length > 0) {
                MemorySegment.copy(data, JAVA_BYTE, 0, buffer, 0, (int) Math.min(length, buffer.length));
            }
            return (int) CapturedErrno.orResult(length, errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int poll(struct pollfd *fds, nfds_t count, int timeout)`, waiting until one of `fds` is readable or broken.
    ///
    /// @param timeoutMillis negative: without end
    /// @return a bit for each descriptor that is ready, the first in bit 0; 0 after the timeout
    public static int poll(int timeoutMillis, int... fds) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment polled = arena.allocate((long) fds.length * POLLFD_BYTES, Integer.BYTES);
            for (int i = 0; i < fds.length; i++) {
                polled.set(JAVA_INT, (long) i * POLLFD_BYTES, fds[i]);
                polled.set(JAVA_SHORT, (long) i * POLLFD_BYTES + POLLFD_EVENTS, (short) POLLIN);
            }
            int result = (int) POLL.invokeExact(errno, polled, (long) fds.length, timeoutMillis);
            int ready = 0;
            for (int i = 0; result > 0 && i < fds.length; i++) {
                if (polled.get(JAVA_SHORT, (long) i * POLLFD_BYTES + POLLFD_REVENTS) != 0) {
                    ready |= 1 << i;
                }
            }
            return result > 0 ? ready : CapturedErrno.orResult(result, errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int eventfd(0, EFD_CLOEXEC)`: a descriptor that is readable from [#eventfd_write] to [#eventfd_read].
    public static int eventfd() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            return CapturedErrno.orResult((int) EVENTFD.invokeExact(errno, 0, EFD_CLOEXEC), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int eventfd_read(int fd, eventfd_t *value)`; waits while nothing was written. The value is dropped.
    public static int eventfd_read(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment value = arena.allocate(Long.BYTES, Long.BYTES);
            return CapturedErrno.orResult((int) EVENTFD_READ.invokeExact(errno, fd, value), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int eventfd_write(int fd, eventfd_t value)`.
    public static int eventfd_write(int fd, long value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            return CapturedErrno.orResult((int) EVENTFD_WRITE.invokeExact(errno, fd, value), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }
}
