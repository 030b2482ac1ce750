// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.config.Collector;
import dev.weir.agent.config.WeirConfig.Transport;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class LinkTest {
    private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");

    private static Collector at(int port) {
        return new Collector("127.0.0.1", port);
    }

    @Test
    void collectorThatReadsNothingIsGivenUp() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, HERE);
                Link link = Link.open(at(server.getLocalPort()), Transport.TCP)) {
            link.hurry();
            IOException gone = assertThrows(IOException.class, () -> {
                for (int i = 0; i < 1_000_000; i++) {
                    link.send(ByteBuffer.allocate(65_536));
                }
            });
            assertEquals("it takes nothing for 500 ms", gone.getMessage());
        }
    }

    @Test
    void collectorThatTalksIsNotListenedTo() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, HERE);
                Link link = Link.open(at(server.getLocalPort()), Transport.TCP);
                Socket collector = server.accept()) {
            collector.getOutputStream().write(new byte[10_000]);
            for (int i = 0; i < 100; i++) {
                link.send(ByteBuffer.wrap(new byte[] {(byte) i}));
            }
            byte[] got = collector.getInputStream().readNBytes(100);
            assertEquals(99, got[99]);
        }
    }

    @Test
    void collectorThatHasGoneIsNoticed() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, HERE);
                Link link = Link.open(at(server.getLocalPort()), Transport.TCP)) {
            server.accept().close();
            assertThrows(IOException.class, () -> {
                for (int i = 0; i < 1_000_000; i++) {
                    link.send(ByteBuffer.allocate(100));
                }
            });
        }
    }

    @Test
    void datagramsFitTheWay() throws IOException {
        try (DatagramSocket server = new DatagramSocket(0, HERE);
                Link link = Link.open(at(server.getLocalPort()), Transport.UDP)) {
            assertTrue(link.messageBytes() >= 512 && link.messageBytes() <= 1452, () -> "" + link.messageBytes());
            link.send(ByteBuffer.allocate(link.messageBytes()));
        }
    }

    @Test
    void collectorThatIsNotThereIsToldWhy() {
        assertThrows(IOException.class, () -> Link.open(at(1), Transport.TCP));
        IOException unknown = assertThrows(
                IOException.class, () -> Link.open(new Collector("collector.invalid", 4739), Transport.UDP));
        assertEquals("the name collector.invalid has no address now", unknown.getMessage());
    }
}
