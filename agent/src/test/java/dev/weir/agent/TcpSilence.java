// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Connections that have nothing more to say: a side that waits for no acknowledgement sends nothing again.
final class TcpSilence {
    private static final String ESTABLISHED = "01";

    private TcpSilence() {}

    /// Waits until all that was sent on connections of these namespaces is acknowledged, be it late.
    static void await(String... namespaces) {
        for (String namespace : namespaces) {
            Await.until("all of " + namespace + " is acknowledged", () -> unacknowledged(namespace) == 0);
        }
    }

    private static long unacknowledged(String namespace) {
        long bytes = 0;
        for (String table : List.of("tcp", "tcp6")) {
            List<String> lines =
                    Inside.call(namespace, () -> Files.readAllLines(Path.of("/proc/thread-self/net", table)));
            for (String line : lines.subList(1, lines.size())) {
                String[] columns = line.strip().split(" +", 6); // number, here, there, state, sent:received
                if (columns[3].equals(ESTABLISHED)) {
                    bytes += Long.parseLong(columns[4].substring(0, columns[4].indexOf(':')), 16);
                }
            }
        }
        return bytes;
    }
}
