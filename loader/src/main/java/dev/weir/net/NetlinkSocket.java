// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.bpf.Errno;
import dev.weir.bpf.ffi.Libc;
import dev.weir.bpf.ffi.Sockets;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A netlink socket to the kernel. It belongs to the namespace of the thread that opened it, and can be used from
/// any, by one at a time.
final class NetlinkSocket implements NetlinkClient.Wire, AutoCloseable {
    /// More than the kernel puts into a datagram of a dump (32 KiB: `netlink_dump` in `net/netlink/af_netlink.c`).
    private static final int DATAGRAM_BYTES = 64 * 1024;

    private static final int PATIENCE_MILLIS = 5_000;

    private final byte[] datagram = new byte[DATAGRAM_BYTES];
    private final int fd;

    private NetlinkSocket(int fd) {
        this.fd = fd;
    }

    /// One of NETLINK_ROUTE.
    static NetlinkSocket open() {
        NetlinkSocket socket = new NetlinkSocket(connected(Netlink.NETLINK_ROUTE));
        try {
            // Filters and IFA_TARGET_NETNSID are heeded only by strict checking (Linux 4.20).
            option(socket.fd, "NETLINK_GET_STRICT_CHK", Netlink.NETLINK_GET_STRICT_CHK, 1);
        } catch (NetException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    /// One of NETLINK_NETFILTER.
    static NetlinkSocket openNetfilter() {
        return new NetlinkSocket(connected(Netlink.NETLINK_NETFILTER));
    }

    /// The descriptor of a socket that only the kernel can send to.
    static int connected(int protocol) {
        int fd = Sockets.socket(Sockets.AF_NETLINK, Sockets.SOCK_RAW_CLOEXEC, protocol);
        if (fd < 0) {
            throw NetException.refused("open a netlink socket", -fd);
        }
        int connected = Sockets.connectToKernel(fd);
        if (connected < 0) {
            Libc.close(fd);
            throw NetException.refused("connect a netlink socket to the kernel", -connected);
        }
        return fd;
    }

    static void option(int fd, String name, int option, int value) {
        int result = Sockets.setsockopt(fd, Sockets.SOL_NETLINK, option, value);
        if (result < 0) {
            throw NetException.refused("set " + name + " of a netlink socket", -result);
        }
    }

    /// The number of its namespace that no other ever has, not even after this one is gone (`net_cookie`, Linux
    /// 5.14).
    long cookie() {
        byte[] cookie = new byte[Long.BYTES];
        int result = Sockets.getsockopt(fd, Sockets.SOL_SOCKET, Sockets.SO_NETNS_COOKIE, cookie);
        if (result < 0) {
            throw NetException.refused("ask for the cookie of a network namespace", -result);
        }
        return ByteBuffer.wrap(cookie).order(ByteOrder.nativeOrder()).getLong();
    }

    @Override
    public void send(String operation, byte[] message) {
        int sent = Sockets.send(fd, message);
        if (sent < 0) {
            throw NetException.refused(operation, -sent);
        }
    }

    @Override
    public NetlinkMessages receive(String operation) {
        while (true) {
            int length = Sockets.recv(fd, datagram, Sockets.MSG_TRUNC | Sockets.MSG_DONTWAIT);
            if (length == -Errno.EAGAIN) {
                if (Sockets.poll(PATIENCE_MILLIS, fd) == 0) {
                    throw NetException.refused(operation, NetException.ETIMEDOUT);
                }
            } else if (length < 0 && length != -Errno.EINTR) {
                throw NetException.refused(operation, -length);
            } else if (length > datagram.length) {
                throw NetException.unusable(
                        operation, "the kernel answered with " + length + " bytes, and 65536 were expected at most");
            } else if (length >= 0) {
                return new NetlinkMessages(datagram, length);
            }
        }
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
