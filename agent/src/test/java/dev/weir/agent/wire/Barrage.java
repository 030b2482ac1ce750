// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Collectors;

/// Datagrams out of a namespace, round after round as fast as one processor sends them, until it is closed.
/// All are sent by one socket and one processor, so they reach the host in the order in which they are
/// numbered. What waits to be taken by the host is bounded by the socket's buffer, so none is lost on the way
/// there.
public final class Barrage implements AutoCloseable {
    private static final int CONTENT_BYTES = 24;

    private static final String SCRIPT = Python.SENDMMSG + """
            import os, signal, socket, struct, sys, time
            namespace, to, processor, ports = sys.argv[1:]
            ports = [int(port) for port in ports.split(",")]
            going = True
            def end(number, frame):
                global going
                going = False
            signal.signal(signal.SIGTERM, end)
            os.sched_setaffinity(0, {int(processor)})
            if libc.setns(os.open("/run/netns/" + namespace, os.O_RDONLY), 0):
                sys.exit("setns %s: %s" % (namespace, os.strerror(ctypes.get_errno())))
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32768)
            count = len(ports)
            head = bytearray(16)                  # of every message of a round
            places = bytearray(b"".join(struct.pack(">Q", i) for i in range(count)))
            names = bytearray(b"".join(struct.pack("=H", socket.AF_INET) + struct.pack(">H", port)
                                       + socket.inet_aton(to) + bytes(8) for port in ports))
            def address(of):
                return ctypes.addressof(ctypes.c_char.from_buffer(of))
            pieces = (ctypes.c_size_t * (4 * count))()  # two of struct iovec each
            messages = (Message * count)()
            for i in range(count):
                pieces[4 * i], pieces[4 * i + 1] = address(head), 16
                pieces[4 * i + 2], pieces[4 * i + 3] = address(places) + 8 * i, 8
                messages[i].name, messages[i].namelen = address(names) + 16 * i, 16
                messages[i].iov, messages[i].iovlen = ctypes.addressof(pieces) + 32 * i, 2
            fd, step, write, rounds = sender.fileno(), ctypes.sizeof(Message), struct.Struct(">QQ").pack_into, 0
            print("ready", flush=True)
            while going:
                write(head, 0, rounds, time.monotonic_ns())
                left = 0
                while left < count:
                    sent = libc.sendmmsg(fd, ctypes.byref(messages, left * step), count - left, 0)
                    if sent < 0 and ctypes.get_errno() != 4:  # EINTR
                        sys.exit("sendmmsg: " + os.strerror(ctypes.get_errno()))
                    left += max(0, sent)
                rounds += 1
            print(rounds, flush=True)
            """;

    private final Process process;

    /// Begins.
    ///
    /// @param processor that sends
    /// @param round the destination ports of the datagrams of a round, in the order in which they are sent
    public Barrage(String namespace, String to, int processor, List<Integer> round) {
        String ports = round.stream().map(String::valueOf).collect(Collectors.joining(","));
        try {
            process = new ProcessBuilder("python3", "-c", SCRIPT, namespace, to, Integer.toString(processor), ports)
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String line = answer();
        if (!line.equals("ready")) {
            throw new IllegalStateException("send from " + namespace + ": " + line);
        }
    }

    /// What a datagram says of itself.
    ///
    /// @param round in which it was sent, from 0
    /// @param nanos when that began, as System.nanoTime() has it
    /// @param place in the round
    public record Shot(long round, long nanos, int place) {
        /// Reads one.
        ///
        /// @param content of the datagram, from its position on
        public static Shot of(ByteBuffer content) {
            if (content.remaining() != CONTENT_BYTES) {
                throw new IllegalArgumentException("not one of ours: " + content);
            }
            return new Shot(content.getLong(), content.getLong(), (int) content.getLong());
        }
    }

    /// Ends it, and returns how many whole rounds were sent.
    public long end() {
        process.toHandle().destroy(); // unlike the process itself, its handle leaves open what it says
        return Long.parseLong(answer());
    }

    private String answer() {
        try {
            return String.valueOf(process.inputReader().readLine());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
