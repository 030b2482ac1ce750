// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.bpf.Errno;
import dev.weir.bpf.ffi.Libc;
import dev.weir.bpf.ffi.Sockets;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A netlink socket that asks the kernel and gets answers, one question at a time: not safe for several threads. It
/// belongs to the namespace of the thread that opened it, and can be used from any.
final class NetlinkSocket implements AutoCloseable {
    /// More than the kernel puts into a datagram of a dump (32 KiB: `netlink_dump` in `net/netlink/af_netlink.c`).
    private static final int DATAGRAM_BYTES = 64 * 1024;

    private static final int DUMP_ATTEMPTS = 16;
    private static final int PATIENCE_MILLIS = 5_000;

    private final byte[] datagram = new byte[DATAGRAM_BYTES];
    private final int fd;
    private int sequence;

    private NetlinkSocket(int fd) {
        this.fd = fd;
    }

    static NetlinkSocket open() {
        NetlinkSocket socket = new NetlinkSocket(openRoute());
        try {
            // Filters and IFA_TARGET_NETNSID are heeded only by strict checking (Linux 4.20).
            option(socket.fd, "NETLINK_GET_STRICT_CHK", Netlink.NETLINK_GET_STRICT_CHK, 1);
        } catch (NetException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    /// A NETLINK_ROUTE socket that only the kernel can send to.
    static int openRoute() {
        int fd = Sockets.socket(Sockets.AF_NETLINK, Sockets.SOCK_RAW_CLOEXEC, Netlink.NETLINK_ROUTE);
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
        int result = Sockets.setsockopt(fd, Netlink.SOL_NETLINK, option, value);
        if (result < 0) {
            throw NetException.refused("set " + name + " of a netlink socket", -result);
        }
    }

    /// Every answer of type `answer` to a dump. The kernel says when what it walked has changed under it; the dump
    /// is then made again.
    ///
    /// @throws NetException if the kernel refuses, or if no dump out of 16 was consistent (EINTR)
    <T> List<T> dump(String operation, NetlinkRequest request, int answer, Function<ByteBuffer, T> decoder) {
        for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
            List<T> found = dumpOnce(operation, request, answer, decoder);
            if (found != null) {
                return found;
            }
        }
        throw NetException.refused(operation, Errno.EINTR);
    }

    /// Null where the dump was inconsistent.
    private <T> @Nullable List<T> dumpOnce(
            String operation, NetlinkRequest request, int answer, Function<ByteBuffer, T> decoder) {
        send(operation, request);
        List<T> found = new ArrayList<>();
        boolean consistent = true;
        while (true) {
            NetlinkMessages messages = receive(operation);
            while (messages.next()) {
                if (messages.sequence() != sequence) {
                    continue; // left over from a question that was given up
                }
                consistent &= (messages.flags() & Netlink.NLM_F_DUMP_INTR) == 0;
                int type = messages.type();
                if (type == answer) {
                    found.add(decoder.apply(messages.payload()));
                } else if (type == Netlink.NLMSG_DONE || type == Netlink.NLMSG_ERROR) {
                    if (messages.error() != 0) {
                        throw NetException.refused(operation, messages.error());
                    }
                    return consistent ? found : null;
                }
            }
        }
    }

    /// The answer to one question, or the acknowledgement that stands for it.
    ///
    /// @return what `decoder` makes of the answer; null where there was only an acknowledgement
    /// @throws NetException if the kernel refuses
    <T> @Nullable T ask(String operation, NetlinkRequest request, int answer, Function<ByteBuffer, T> decoder) {
        send(operation, request);
        while (true) {
            NetlinkMessages messages = receive(operation);
            while (messages.next()) {
                if (messages.sequence() != sequence) {
                    continue;
                }
                if (messages.type() == answer) {
                    return decoder.apply(messages.payload());
                } else if (messages.type() == Netlink.NLMSG_ERROR) {
                    if (messages.error() != 0) {
                        throw NetException.refused(operation, messages.error());
                    }
                    return null;
                }
            }
        }
    }

    private void send(String operation, NetlinkRequest request) {
        byte[] message = request.toBytes(++sequence);
        int sent = Sockets.send(fd, message);
        if (sent < 0) {
            throw NetException.refused(operation, -sent);
        }
    }

    private NetlinkMessages receive(String operation) {
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
