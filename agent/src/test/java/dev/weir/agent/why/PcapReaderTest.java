// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.why;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.packet.Packet;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PcapReaderTest {
    private static final byte[] SYN = Packet.tcpPacket("192.0.2.1", 40_000, "198.51.100.1", 80, Packet.SYN);
    private static final byte[] SYN6 = Packet.tcpPacket("2001:db8::1", 40_000, "2001:db8::2", 80, Packet.SYN);

    /// Reads to the end, or to what is wrong.
    private static List<PcapReader.Packet> read(byte[] file) throws IOException, PcapReader.BadCapture {
        List<PcapReader.Packet> packets = new ArrayList<>();
        PcapReader reader = PcapReader.open(new ByteArrayInputStream(file));
        for (Optional<PcapReader.Packet> packet = reader.next(); packet.isPresent(); packet = reader.next()) {
            packets.add(packet.get());
        }
        return packets;
    }

    private static String refusal(byte[] file) {
        return String.valueOf(
                assertThrows(PcapReader.BadCapture.class, () -> read(file)).getMessage());
    }

    @Test
    void bothByteOrdersAndUnitsOfTimeAreRead() throws Exception {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            for (int magic : List.of(PcapFile.MICROSECONDS, PcapFile.NANOSECONDS)) {
                List<PcapReader.Packet> packets = read(
                        new PcapFile(order, magic, 1).add(SYN).cut(SYN6, 20).bytes());
                assertEquals(2, packets.size());
                assertArrayEquals(SYN, packets.getFirst().bytes());
                assertEquals(
                        Instant.ofEpochSecond(1_700_000_000, magic == PcapFile.MICROSECONDS ? 5_000 : 5),
                        packets.getFirst().time());
                assertArrayEquals(Arrays.copyOf(SYN6, 20), packets.getLast().bytes());
                assertEquals(SYN6.length, packets.getLast().original());
                assertEquals(2, packets.getLast().number());
            }
        }
    }

    @Test
    void rawPacketsGetALinkHeader() throws Exception {
        for (int linkType : List.of(101, 228, 229)) {
            byte[] frame = linkType == 228 ? SYN : SYN6;
            PcapReader.Packet packet = read(new PcapFile(ByteOrder.BIG_ENDIAN, PcapFile.NANOSECONDS, linkType)
                            .add(Packet.quote(frame))
                            .bytes())
                    .getFirst();
            assertArrayEquals(frame, packet.bytes());
            assertEquals(frame.length, packet.original());
        }
    }

    @Test
    void whatIsNoPcapIsRefusedWithTheWayToConvertIt() {
        assertTrue(refusal(new byte[0]).startsWith("this is no capture: it ends after 0 bytes"));
        assertTrue(refusal(new byte[] {10, 13, 13, 10, 0, 0}).startsWith("this is pcapng"));
        assertTrue(refusal(new byte[24]).contains("begins with 00000000"));
        byte[] cooked = new PcapFile(ByteOrder.LITTLE_ENDIAN, PcapFile.MICROSECONDS, 113).bytes();
        assertTrue(refusal(cooked).startsWith("its packets have link type 113, expected"));
    }

    @Test
    void brokenRecordsAreRefusedWithTheirNumber() {
        byte[] whole = new PcapFile().add(SYN).add(SYN6).bytes();
        assertEquals(
                "the capture ends inside of packet 2; what came before it is whole",
                refusal(Arrays.copyOf(whole, whole.length - 1)));
        PcapFile greedy = new PcapFile();
        assertTrue(refusal(Packet.join(greedy.bytes(), greedy.record(-1, 5)))
                .startsWith("packet 1 is said to hold 4294967295 bytes"));
    }

    @Test
    void longPacketsAreReadAsFarAsTheyCanBeAskedAbout() throws Exception {
        byte[] big = Packet.ip("192.0.2.1", "198.51.100.1", 17, Packet.udp(1, 2, new byte[60_000]));
        List<PcapReader.Packet> packets = read(new PcapFile().add(big).add(SYN).bytes());
        assertEquals(Frames.MAX_BYTES, packets.getFirst().bytes().length);
        assertEquals(big.length, packets.getFirst().original());
        assertArrayEquals(SYN, packets.getLast().bytes());
    }

    @Property(tries = 2_000)
    void nothingInAFileBreaksTheReader(
            @ForAll @Size(max = 200) byte[] noise, @ForAll @IntRange(max = 120) int at, @ForAll boolean inserted)
            throws IOException {
        byte[] file = new PcapFile().add(SYN).cut(SYN6, 40).add(SYN6).bytes();
        byte[] broken = file.clone();
        System.arraycopy(noise, 0, broken, at, Math.min(noise.length, broken.length - at));
        byte[] mangled = inserted
                ? Packet.join(Arrays.copyOf(file, at), noise, Arrays.copyOfRange(file, at, file.length))
                : broken;
        try {
            for (PcapReader.Packet packet : read(mangled)) {
                Capture capture = Capture.of(packet);
                assertTrue(capture.frame().isPresent() != capture.problem().isPresent());
                capture.frame().ifPresent(frame -> {
                    assertTrue(frame.length <= Frames.MAX_BYTES);
                    assertTrue(frame.length >= Frames.least(packet.bytes()));
                });
                assertTrue(!capture.protocol().isEmpty());
            }
        } catch (PcapReader.BadCapture e) {
            assertTrue(!String.valueOf(e.getMessage()).isEmpty());
        }
    }
}
