// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static dev.weir.bpf.ffi.NativeLibrary.pointer;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Sockets, netlink and others, and waiting on descriptors. Every function returns its value or a negative errno.
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

    public static final int AF_INET = 2;
    public static final int SOCK_DGRAM_CLOEXEC = 2 | 0x8_0000;
    public static final int IFNAMSIZ = 16; // linux/if.h

    private static final long SIOCETHTOOL = 0x8946; // linux/sockios.h
    private static final int IFREQ_BYTES = 40; // struct ifreq of linux/if.h
    private static final int EFD_CLOEXEC = 0x8_0000;
    private static final int SOCKADDR_NL_BYTES = 12;
    private static final int POLLFD_BYTES = 8;
    private static final int POLLFD_EVENTS = 4;
    private static final int POLLFD_REVENTS = 6;

    private static final NativeLibrary LIBC = NativeLibrary.libc();

    private static final MethodHandle SOCKET = LIBC.bindWithErrno("socket", 3);
    private static final MethodHandle CONNECT = LIBC.bindWithErrno("connect", 3);
    private static final MethodHandle SETSOCKOPT = LIBC.bindWithErrno("setsockopt", 5);
    private static final MethodHandle GETSOCKOPT = LIBC.bindWithErrno("getsockopt", 5);
    private static final MethodHandle IOCTL = LIBC.bindWithErrno("ioctl", 3);
    private static final MethodHandle SEND = LIBC.bindWithErrno("send", 4);
    private static final MethodHandle RECV = LIBC.bindWithErrno("recv", 4);
    private static final MethodHandle POLL = LIBC.bindWithErrno("poll", 3);
    private static final MethodHandle EVENTFD = LIBC.bindWithErrno("eventfd", 2);
    private static final MethodHandle EVENTFD_READ = LIBC.bindWithErrno("eventfd_read", 2);
    private static final MethodHandle EVENTFD_WRITE = LIBC.bindWithErrno("eventfd_write", 2);

    private Sockets() {}

    /// `int socket(int domain, int type, int protocol)`.
    public static int socket(int domain, int type, int protocol) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            return CapturedErrno.orResult(
                    (int) (long) SOCKET.invokeExact(errno, (long) domain, (long) type, (long) protocol), errno);
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
            return CapturedErrno.orResult(
                    (int) (long) CONNECT.invokeExact(errno, (long) fd, pointer(address), (long) SOCKADDR_NL_BYTES),
                    errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int setsockopt(int fd, int level, int option, const int *value, sizeof(int))`.
    public static int setsockopt(int fd, int level, int option, int value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment number = arena.allocateFrom(JAVA_INT, value);
            int result = (int) (long) SETSOCKOPT.invokeExact(
                    errno, (long) fd, (long) level, (long) option, pointer(number), (long) Integer.BYTES);
            return CapturedErrno.orResult(result, errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int getsockopt(int fd, int level, int option, void *value, socklen_t *length)`: what is asked for begins in
    /// `value`, where the answer takes its place.
    public static int getsockopt(int fd, int level, int option, byte[] value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment data = arena.allocate(value.length, Long.BYTES).copyFrom(MemorySegment.ofArray(value));
            MemorySegment length = arena.allocateFrom(JAVA_INT, value.length);
            int result = (int) (long) GETSOCKOPT.invokeExact(
                    errno, (long) fd, (long) level, (long) option, pointer(data), pointer(length));
            MemorySegment.copy(data, JAVA_BYTE, 0, value, 0, value.length);
            return CapturedErrno.orResult(result, errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int ioctl(int fd, SIOCETHTOOL, struct ifreq *)` with a `struct ethtool_value`: one setting of a device.
    ///
    /// @param device its name, at most 15 bytes
    /// @param command such as `ETHTOOL_GTSO` of linux/ethtool.h
    /// @return its value, or a negative errno
    public static int ethtool(int fd, byte[] device, int command) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment setting = arena.allocate(JAVA_INT, 2);
            setting.set(JAVA_INT, 0, command);
            MemorySegment request = arena.allocate(IFREQ_BYTES, Long.BYTES);
            MemorySegment.copy(device, 0, request, JAVA_BYTE, 0, device.length);
            request.set(ADDRESS, IFNAMSIZ, setting);
            int result = (int) (long) IOCTL.invokeExact(errno, (long) fd, SIOCETHTOOL, pointer(request));
            return result < 0 ? CapturedErrno.orResult(result, errno) : setting.getAtIndex(JAVA_INT, 1);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `ssize_t send(int fd, const void *message, size_t length, 0)`.
    public static int send(int fd, byte[] message) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment data = arena.allocateFrom(JAVA_BYTE, message);
            return (int) CapturedErrno.orResult(
                    (long) SEND.invokeExact(errno, (long) fd, pointer(data), (long) message.length, 0L), errno);
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
            long length = (long) RECV.invokeExact(errno, (long) fd, pointer(data), data.byteSize(), (long) flags);
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
            int result = (int) (long) POLL.invokeExact(errno, pointer(polled), (long) fds.length, (long) timeoutMillis);
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
            return CapturedErrno.orResult((int) (long) EVENTFD.invokeExact(errno, 0L, (long) EFD_CLOEXEC), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int eventfd_read(int fd, eventfd_t *value)`; waits while nothing was written. The value is dropped.
    public static int eventfd_read(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            MemorySegment value = arena.allocate(Long.BYTES, Long.BYTES);
            return CapturedErrno.orResult(
                    (int) (long) EVENTFD_READ.invokeExact(errno, (long) fd, pointer(value)), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int eventfd_write(int fd, eventfd_t value)`.
    public static int eventfd_write(int fd, long value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            return CapturedErrno.orResult((int) (long) EVENTFD_WRITE.invokeExact(errno, (long) fd, value), errno);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }
}
