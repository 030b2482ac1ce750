// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Sends frames as they are out of devices of namespaces, for which Java has no sockets: a Python process does.
final class RawSender implements AutoCloseable {
    private static final String SCRIPT = """
            import ctypes, os, socket, sys
            libc = ctypes.CDLL(None, use_errno=True)
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
                name, frame = line.split()
                sockets[name].send(bytes.fromhex(frame))
                print("sent", flush=True)
            """;

    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;

    /// @param devices by namespace; `host` is the test's own, and comes first
    RawSender(Map<String, String> devices) {
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

    /// Returns when the frame has left.
    void send(String namespace, byte[] frame) {
        try {
            commands.write(namespace + " " + HexFormat.of().formatHex(frame) + "\n");
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
