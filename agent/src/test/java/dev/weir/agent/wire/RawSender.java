// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.wire;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Sends frames as they are out of devices of namespaces, for which Java has no sockets: a Python process does.
public final class RawSender implements AutoCloseable {
    /// An odd factor shuffles 32 bits one to one (Knuth, The Art of Computer Programming 6.4: the golden ratio).
    private static final int SHUFFLE = 0x9E3779B1;

    /// Frames that one system call sends; between two of them a flood may pause.
    private static final int BATCH = 128;

    private static final String SCRIPT = Python.SENDMMSG + """
            import errno, os, socket, struct, sys, time
            def flood(fd, frame, at, first, count, factor, batch, rate):
                size = len(frame)
                frames = bytearray(frame * batch)
                base = ctypes.addressof(ctypes.c_char.from_buffer(frames))
                pieces = (ctypes.c_size_t * (2 * batch))()  # struct iovec each
                messages = (Message * batch)()
                for i in range(batch):
                    pieces[2 * i], pieces[2 * i + 1] = base + i * size, size
                    messages[i].iov, messages[i].iovlen = ctypes.addressof(pieces) + 16 * i, 1
                word = struct.Struct(">I").pack_into
                start, done = time.monotonic(), 0
                while done < count:
                    now = min(batch, count - done)
                    for i in range(now if at >= 0 else 0):
                        word(frames, i * size + at, (first + done + i) * factor & 0xffffffff)
                    left = 0
                    while left < now:
                        sent = libc.sendmmsg(fd, ctypes.byref(messages, left * ctypes.sizeof(Message)), now - left, 0)
                        if sent < 0:
                            sys.exit("sendmmsg: " + os.strerror(ctypes.get_errno()))
                        left += sent
                    done += now
                    if rate:
                        time.sleep(max(0, start + done / rate - time.monotonic()))
            sockets = {}
            for name, device in (word.split("=") for word in sys.argv[1:]):
                if name != "host":
                    fd = os.open("/run/netns/" + name, os.O_RDONLY)
                    if libc.setns(fd, 0):
                        sys.exit("setns %s: %s" % (name, os.strerror(ctypes.get_errno())))
                sockets[name] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                sockets[name].bind((device, 0))
            print("ready", flush=True)
            for line in sys.stdin:
                name, frame, *numbers = line.split()
                if numbers:
                    flood(sockets[name].fileno(), bytes.fromhex(frame), *map(int, numbers))
                else:
                    try:
                        sockets[name].send(bytes.fromhex(frame))
                    except OSError as error:
                        if error.errno != errno.ENOBUFS:  # a program dropped it
                            raise
                print("sent", flush=True)
            """;

    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;

    /// @param devices by namespace; `host` is the test's own, and comes first
    public RawSender(Map<String, String> devices) {
        List<String> command = new ArrayList<>(List.of("python3", "-c", SCRIPT));
        devices.forEach((name, device) -> command.add(name + "=" + device));
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        commands = process.outputWriter();
        answers = process.inputReader();
        expect("ready");
    }

    /// Returns when the frame has left, or was dropped on its way out of the device.
    public void send(String namespace, byte[] frame) {
        command(namespace, frame, "");
    }

    /// Stands for no place in a frame.
    public static final int EQUAL = -1;

    /// How frames of a flood differ, and how many there are.
    ///
    /// @param at where 32 bits stand in a frame that are [#shuffled] of `i` in the `i`th one; or [#EQUAL]
    /// @param first the first `i`
    /// @param perSecond how fast to send; 0: as fast as can be
    public record Flood(int at, int first, int count, int perSecond) {}

    /// A number that looks random; no two of them are equal.
    public static int shuffled(int i) {
        return i * SHUFFLE;
    }

    /// Returns when all frames have left. No other frame can be sent meanwhile.
    public void send(String namespace, byte[] frame, Flood flood) {
        command(
                namespace,
                frame,
                " %d %d %d %d %d %d"
                        .formatted(
                                flood.at(),
                                flood.first(),
                                flood.count(),
                                Integer.toUnsignedLong(SHUFFLE),
                                BATCH,
                                flood.perSecond()));
    }

    private void command(String namespace, byte[] frame, String numbers) {
        try {
            commands.write(namespace + " " + HexFormat.of().formatHex(frame) + numbers + "\n");
            commands.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        expect("sent");
    }

    private void expect(String word) {
        try {
            String line = answers.readLine();
            if (!word.equals(line)) {
                throw new IllegalStateException("expected `" + word + "`, not " + line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
