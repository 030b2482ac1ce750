// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.why;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Optional;

/// Reads a capture in the classic pcap format (draft-ietf-opsawg-pcap), either byte order, with times in micro- or
/// nanoseconds, of Ethernet or of raw IP. Holds one packet at a time, and of that no more than a test run takes.
public final class PcapReader {
    private static final int FILE_HEADER = 24;
    private static final int RECORD_HEADER = 16;
    private static final int MICROSECONDS = 0xa1b2c3d4;
    private static final int NANOSECONDS = 0xa1b23c4d;
    private static final int PCAPNG = 0x0a0d0d0a; // the same in either order
    private static final int LINKTYPE = 0xffff; // above it stands what is known of checksums

    /// What tcpdump captures of a packet at most; a record that says more is broken.
    private static final int MAX_RECORD = 262_144;

    private static final int ETHERNET = 1;
    private static final int RAW = 101;
    private static final int RAW_IPV4 = 228;
    private static final int RAW_IPV6 = 229;

    private final InputStream in;
    private final ByteOrder order;
    private final int nanosPerTick;
    private final boolean raw;
    private int read;

    private PcapReader(InputStream in, ByteOrder order, int nanosPerTick, boolean raw) {
        this.in = in;
        this.order = order;
        this.nanosPerTick = nanosPerTick;
        this.raw = raw;
    }

    /// A packet as an Ethernet frame.
    ///
    /// @param number from 1
    /// @param frame as much of its beginning as was captured, and a test run takes
    /// @param original bytes of the frame on the wire
    public record Packet(int number, Instant time, ByteBuffer frame, int original) {
        byte[] bytes() {
            byte[] bytes = new byte[frame.remaining()];
            frame.get(0, bytes);
            return bytes;
        }
    }

    /// The capture is not one, of a kind that is not read, or broken. The message says what to do.
    public static final class BadCapture extends Exception {
        private static final long serialVersionUID = 1;

        BadCapture(String message) {
            super(message);
        }
    }

    /// Reads the header of a capture.
    ///
    /// @throws BadCapture when this is no pcap file, or holds packets of another kind
    public static PcapReader open(InputStream in) throws IOException, BadCapture {
        byte[] bytes = in.readNBytes(FILE_HEADER);
        ByteBuffer header = ByteBuffer.wrap(bytes);
        if (bytes.length >= Integer.BYTES && header.getInt(0) == PCAPNG) {
            throw new BadCapture("this is pcapng, expected pcap; convert it with `editcap -F pcap FILE NEW`, or with"
                    + " `tcpdump -r FILE -w NEW`");
        }
        if (bytes.length < FILE_HEADER) {
            throw new BadCapture("this is no capture: it ends after " + bytes.length
                    + " bytes, a pcap file has at least " + FILE_HEADER);
        }
        int magic = header.getInt(0);
        ByteOrder order = ByteOrder.BIG_ENDIAN;
        if (magic != MICROSECONDS && magic != NANOSECONDS) {
            order = ByteOrder.LITTLE_ENDIAN;
            magic = Integer.reverseBytes(magic);
        }
        if (magic != MICROSECONDS && magic != NANOSECONDS) {
            throw new BadCapture(
                    "this is no pcap file: it begins with %08x; `tcpdump -w FILE` writes one, and `editcap -F pcap FILE NEW` converts others"
                            .formatted(header.getInt(0)));
        }
        int linkType = header.order(order).getInt(FILE_HEADER - Integer.BYTES) & LINKTYPE;
        boolean raw = linkType == RAW || linkType == RAW_IPV4 || linkType == RAW_IPV6;
        if (!raw && linkType != ETHERNET) {
            throw new BadCapture(
                    "its packets have link type " + linkType
                            + ", expected Ethernet (1) or raw IP (101, 228, 229); capture on the device itself, with `tcpdump -i DEVICE -w FILE`");
        }
        return new PcapReader(in, order, magic == MICROSECONDS ? 1_000 : 1, raw);
    }

    /// The next packet; empty at the end.
    ///
    /// @throws BadCapture when the capture ends inside of one, or cannot be right
    public Optional<Packet> next() throws IOException, BadCapture {
        byte[] bytes = in.readNBytes(RECORD_HEADER);
        if (bytes.length == 0) {
            return Optional.empty();
        }
        read++;
        if (bytes.length < RECORD_HEADER) {
            throw cut();
        }
        ByteBuffer header = ByteBuffer.wrap(bytes).order(order);
        long captured = Integer.toUnsignedLong(header.getInt(8));
        long original = Integer.toUnsignedLong(header.getInt(12));
        if (captured > MAX_RECORD) {
            throw new BadCapture("packet " + read + " is said to hold " + captured + " bytes, more than the "
                    + MAX_RECORD + " that can be; the capture is broken from there on");
        }
        byte[] kept = in.readNBytes((int) Math.min(captured, Frames.MAX_BYTES));
        if (kept.length < Math.min(captured, Frames.MAX_BYTES)) {
            throw cut();
        }
        try {
            in.skipNBytes(captured - kept.length);
        } catch (EOFException e) {
            throw cut();
        }
        long onWire = Math.max(original, captured) + (raw ? Headers.ETHERNET : 0);
        long ticks = Integer.toUnsignedLong(header.getInt(4));
        Instant time = Instant.ofEpochSecond(Integer.toUnsignedLong(header.getInt(0)), ticks * nanosPerTick);
        byte[] frame = raw ? Frames.ethernet(kept) : kept;
        return Optional.of(new Packet(read, time, ByteBuffer.wrap(frame), (int) Math.min(onWire, Integer.MAX_VALUE)));
    }

    private BadCapture cut() {
        return new BadCapture("the capture ends inside of packet " + read + "; what came before it is whole");
    }
}
