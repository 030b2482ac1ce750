// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.agent.lab.RunningAgent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/// The plainest client: asks once, and drops what it is sent.
///
/// @param bytes of the answer, with its head
/// @param seconds from the question to the last byte
/// @param begin of the answer
/// @param end of the answer
record Download(long bytes, double seconds, String begin, String end) {
    private static final int BUFFER_BYTES = 1 << 18;
    private static final int SHOWN_BYTES = 512;

    /// Asks the agent that listens where [RunningAgent] does.
    ///
    /// @throws IllegalStateException when the answer is an error, or was cut
    static Download of(String path) throws IOException {
        String request = "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".formatted(path);
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        long start = System.nanoTime();
        try (SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), RunningAgent.PORT))) {
            channel.write(ByteBuffer.wrap(request.getBytes(UTF_8)));
            long bytes = 0;
            String begin = "";
            int last = 0;
            for (int read = channel.read(buffer); read > 0; read = channel.read(buffer.clear())) {
                begin = bytes == 0 ? text(buffer, 0, Math.min(read, SHOWN_BYTES)) : begin;
                bytes += read;
                last = read; // of which the end is read once there is no more
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            int shown = Math.min(last, SHOWN_BYTES);
            Download done = new Download(bytes, seconds, begin, text(buffer, last - shown, shown));
            done.check(path);
            return done;
        }
    }

    private void check(String path) {
        boolean whole = !begin.contains("chunked") || end.endsWith("0\r\n\r\n");
        if (!begin.startsWith("HTTP/1.1 200 ") || !whole) {
            throw new IllegalStateException("%s was answered by %s…%s".formatted(path, begin, end));
        }
    }

    private static String text(ByteBuffer from, int at, int length) {
        byte[] bytes = new byte[length];
        from.get(at, bytes);
        return new String(bytes, UTF_8);
    }
}
