// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static dev.weir.bpf.ffi.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Sockets, netlink and others, and waiting on descriptors. Every function returns its value or a negative errno.
public final class Sockets {
    public static final int AF_NETLINK = 16;
    public static final int SOCK_RAW_CLOEXEC = 3 | 0x8_0000;
    public static final int SOL_SOCKET = 1;
    public static final int SOL_NETLINK = 270; // linux/socket.h
    public static final int NETLINK_LISTEN_ALL_NSID = 8; // linux/netlink.h
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

    // struct iovec, struct msghdr and struct cmsghdr of bits/socket.h, where a pointer has eight bytes
    private static final int IOVEC_BASE = 0;
    private static final int IOVEC_LENGTH = 8;
    private static final int MSGHDR_BYTES = 56;
    private static final int MSGHDR_PARTS = 16;
    private static final int MSGHDR_PART_COUNT = 24;
    private static final int MSGHDR_CONTROL = 32;
    private static final int MSGHDR_CONTROL_LENGTH = 40;
    private static final int CMSG_LEVEL = 8;
    private static final int CMSG_TYPE = 12;
    private static final int CMSG_DATA = 16;
    private static final int CMSG_BYTES = 64; // room for more than the one
    private static final int POLLFD_BYTES = 8;
    private static final int POLLFD_EVENTS = 4;
    private static final int POLLFD_REVENTS = 6;

    private static final NativeLibrary LIBC = NativeLibrary.libc();

    private static final NativeFunction SOCKET = LIBC.bind("socket");
    private static final NativeFunction CONNECT = LIBC.bind("connect");
    private static final NativeFunction SETSOCKOPT = LIBC.bind("setsockopt");
    private static final NativeFunction GETSOCKOPT = LIBC.bind("getsockopt");
    private static final NativeFunction IOCTL = LIBC.bind("ioctl");
    private static final NativeFunction SEND = LIBC.bind("send");
    private static final NativeFunction RECV = LIBC.bind("recv");
    private static final NativeFunction RECVMSG = LIBC.bind("recvmsg");
    private static final NativeFunction POLL = LIBC.bind("poll");
    private static final NativeFunction EVENTFD = LIBC.bind("eventfd");
    private static final NativeFunction EVENTFD_READ = LIBC.bind("eventfd_read");
    private static final NativeFunction EVENTFD_WRITE = LIBC.bind("eventfd_write");

    /// Where the kernel puts what a thread receives: memory of its own for each message would be cleared each time.
    private static final ThreadLocal<MemorySegment> RECEIVED = ThreadLocal.withInitial(() -> MemorySegment.NULL);

    private Sockets() {}

    /// `int socket(int domain, int type, int protocol)`.
    public static int socket(int domain, int type, int protocol) {
        return SOCKET.callInt(domain, type, protocol);
    }

    /// `int connect(int fd, const struct sockaddr_nl *address, socklen_t length)` to the kernel, which also binds
    /// the socket to a port of the kernel's choice. From then on no other process can send to it:
    /// `netlink_getsockbyportid` in `net/netlink/af_netlink.c` refuses whoever is not the other end.
    public static int connectToKernel(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(SOCKADDR_NL_BYTES, Integer.BYTES);
            address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
            return CONNECT.callInt(fd, pointer(address), SOCKADDR_NL_BYTES);
        }
    }

    /// `int setsockopt(int fd, int level, int option, const int *value, sizeof(int))`.
    public static int setsockopt(int fd, int level, int option, int value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocateFrom(JAVA_INT, value);
            return SETSOCKOPT.callInt(fd, level, option, pointer(number), Integer.BYTES);
        }
    }

    /// `int getsockopt(int fd, int level, int option, void *value, socklen_t *length)`: what is asked for begins in
    /// `value`, where the answer takes its place.
    public static int getsockopt(int fd, int level, int option, byte[] value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(value.length, Long.BYTES).copyFrom(MemorySegment.ofArray(value));
            MemorySegment length = arena.allocateFrom(JAVA_INT, value.length);
            int result = GETSOCKOPT.callInt(fd, level, option, pointer(data), pointer(length));
            MemorySegment.copy(data, JAVA_BYTE, 0, value, 0, value.length);
            return result;
        }
    }

    /// `int ioctl(int fd, SIOCETHTOOL, struct ifreq *)` with a `struct ethtool_value`: one setting of a device.
    ///
    /// @param device its name, at most 15 bytes
    /// @param command such as `ETHTOOL_GTSO` of linux/ethtool.h
    /// @return its value, or a negative errno
    public static int ethtool(int fd, byte[] device, int command) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment setting = arena.allocate(JAVA_INT, 2);
            setting.set(JAVA_INT, 0, command);
            MemorySegment request = arena.allocate(IFREQ_BYTES, Long.BYTES);
            MemorySegment.copy(device, 0, request, JAVA_BYTE, 0, device.length);
            request.set(ADDRESS, IFNAMSIZ, setting);
            int result = IOCTL.callInt(fd, SIOCETHTOOL, pointer(request));
            return result < 0 ? result : setting.getAtIndex(JAVA_INT, 1);
        }
    }

    /// `ssize_t send(int fd, const void *message, size_t length, 0)`.
    public static int send(int fd, byte[] message) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocateFrom(JAVA_BYTE, message);
            return (int) SEND.callLong(fd, pointer(data), message.length, 0);
        }
    }

    /// `ssize_t recv(int fd, void *buffer, size_t length, int flags)`. With `MSG_TRUNC` the result is the length of
    /// the message, which may be more than the buffer took.
    public static int recv(int fd, byte[] buffer, int flags) {
        MemorySegment data = RECEIVED.get();
        if (data.byteSize() < buffer.length) {
            data = Arena.ofAuto().allocate(buffer.length);
            RECEIVED.set(data);
        }
        long length = RECV.callLong(fd, pointer(data), buffer.length, flags);
        if (length > 0) {
            MemorySegment.copy(data, JAVA_BYTE, 0, buffer, 0, (int) Math.min(length, buffer.length));
        }
        return (int) length;
    }

    /// A message that was received, or why none was.
    ///
    /// @param length as [#recv] tells it
    /// @param nsid id of the namespace that a netlink message is from; -1 where that is the socket's own, or it
    /// does not listen to others
    public record Told(int length, int nsid) {}

    /// `ssize_t recvmsg(int fd, struct msghdr *message, int flags)`, with what `NETLINK_LISTEN_ALL_NSID` adds to a
    /// message (netlink(7)).
    public static Told recvmsg(int fd, byte[] buffer, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(buffer.length);
            MemorySegment part = arena.allocate(ADDRESS, 2);
            part.set(ADDRESS, IOVEC_BASE, data);
            part.set(JAVA_LONG, IOVEC_LENGTH, buffer.length);
            MemorySegment control = arena.allocate(CMSG_BYTES, Long.BYTES);
            MemorySegment message = arena.allocate(MSGHDR_BYTES, Long.BYTES);
            message.set(ADDRESS, MSGHDR_PARTS, part);
            message.set(JAVA_LONG, MSGHDR_PART_COUNT, 1);
            message.set(ADDRESS, MSGHDR_CONTROL, control);
            message.set(JAVA_LONG, MSGHDR_CONTROL_LENGTH, CMSG_BYTES);
            long length = RECVMSG.callLong(fd, pointer(message), flags);
            if (length > 0) {
                MemorySegment.copy(data, JAVA_BYTE, 0, buffer, 0, (int) Math.min(length, buffer.length));
            }
            boolean elsewhere = length >= 0
                    && message.get(JAVA_LONG, MSGHDR_CONTROL_LENGTH) >= CMSG_DATA + Integer.BYTES
                    && control.get(JAVA_INT, CMSG_LEVEL) == SOL_NETLINK
                    && control.get(JAVA_INT, CMSG_TYPE) == NETLINK_LISTEN_ALL_NSID;
            return new Told((int) length, elsewhere ? control.get(JAVA_INT, CMSG_DATA) : -1);
        }
    }

    /// `int poll(struct pollfd *fds, nfds_t count, int timeout)`, waiting until one of `fds` is readable or broken.
    ///
    /// @param timeoutMillis negative: without end
    /// @return a bit for each descriptor that is ready, the first in bit 0; 0 after the timeout
    public static int poll(int timeoutMillis, int... fds) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment polled = arena.allocate((long) fds.length * POLLFD_BYTES, Integer.BYTES);
            for (int i = 0; i < fds.length; i++) {
                polled.set(JAVA_INT, (long) i * POLLFD_BYTES, fds[i]);
                polled.set(JAVA_SHORT, (long) i * POLLFD_BYTES + POLLFD_EVENTS, (short) POLLIN);
            }
            int result = POLL.callInt(pointer(polled), fds.length, timeoutMillis);
            int ready = 0;
            for (int i = 0; result > 0 && i < fds.length; i++) {
                if (polled.get(JAVA_SHORT, (long) i * POLLFD_BYTES + POLLFD_REVENTS) != 0) {
                    ready |= 1 << i;
                }
            }
            return result > 0 ? ready : result;
        }
    }

    /// `int eventfd(0, EFD_CLOEXEC)`: a descriptor that is readable from [#eventfd_write] to [#eventfd_read].
    public static int eventfd() {
        return EVENTFD.callInt(0, EFD_CLOEXEC);
    }

    /// `int eventfd_read(int fd, eventfd_t *value)`; waits while nothing was written. The value is dropped.
    public static int eventfd_read(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(Long.BYTES, Long.BYTES);
            return EVENTFD_READ.callInt(fd, pointer(value));
        }
    }

    /// `int eventfd_write(int fd, eventfd_t value)`.
    public static int eventfd_write(int fd, long value) {
        return EVENTFD_WRITE.callInt(fd, value);
    }
}
