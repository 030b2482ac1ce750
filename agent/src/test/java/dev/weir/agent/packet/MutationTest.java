// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import dev.weir.abi.Direction;
import dev.weir.agent.enforce.Judge;
import dev.weir.bpf.SkbContext;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;

/// Whatever a packet looks like, it is counted once, with all its bytes, and let through or dropped as counted.
@Tag("kernel")
class MutationTest {
    private static final int LOOPBACK = 1;
    private static final int LEAST = 54; // below, a test run refuses what says IPv6
    private static final List<byte[]> SEEDS = seeds();

    private static @Nullable Judge judge;

    @BeforeContainer
    static void load() {
        judge = new Judge().policies(PacketTable.WEB);
    }

    @AfterContainer
    static void close() {
        judge().close();
    }

    private static Judge judge() {
        if (judge == null) {
            throw new IllegalStateException("the programs are not loaded");
        }
        return judge;
    }

    /// One change of a packet.
    ///
    /// @param at position, taken modulo the length
    record Change(int kind, int at, int value) {
        byte[] apply(byte[] frame) {
            int position = Math.floorMod(at, frame.length);
            return switch (kind) {
                case 0 -> Packet.with(frame, position, value);
                case 1 -> Packet.with(frame, position, frame[position] ^ (1 << (value & 7)));
                case 2 -> Packet.cut(frame, Math.max(LEAST, position));
                case 3 -> Packet.join(frame, new byte[value & 0xff]);
                default ->
                    Packet.join(
                            Arrays.copyOf(frame, position),
                            new byte[] {(byte) value, (byte) at},
                            Arrays.copyOfRange(frame, position, frame.length));
            };
        }
    }

    /// A packet that was fine, changed a few times, mostly in its headers.
    @Provide
    Arbitrary<byte[]> frames() {
        Arbitrary<Integer> positions = Arbitraries.oneOf(
                Arbitraries.integers().between(12, 90), Arbitraries.integers().between(0, 400));
        Arbitrary<Integer> values = Arbitraries.oneOf(
                Arbitraries.integers().between(0, 255), Arbitraries.of(0, 1, 5, 6, 17, 43, 44, 51, 58, 60, 255));
        Arbitrary<Change> changes = Combinators.combine(Arbitraries.integers().between(0, 4), positions, values)
                .as(Change::new);
        return Combinators.combine(Arbitraries.of(SEEDS), changes.list().ofMaxSize(6))
                .as((seed, list) -> {
                    byte[] frame = seed;
                    for (Change change : list) {
                        frame = change.apply(frame);
                    }
                    return frame;
                });
    }

    @Property(tries = 5000, shrinking = ShrinkingMode.BOUNDED)
    void everyPacketIsCountedOnce(@ForAll("frames") byte[] frame, @ForAll Direction direction) {
        judge().send(direction, frame);
    }

    @Property(tries = 1000, shrinking = ShrinkingMode.BOUNDED)
    void everySuperPacketIsCountedAsItsSegments(@ForAll("frames") byte[] frame, @ForAll Direction direction) {
        Judge.Seen seen = judge().observe(direction, frame, SkbContext.segmented(LOOPBACK, 3, 100));
        if (seen.packets() != 3 || seen.bytes() < frame.length || seen.bytes() > 3L * frame.length) {
            throw new AssertionError(frame.length + " bytes in 3 segments were counted as " + seen);
        }
    }

    private static List<byte[]> seeds() {
        byte[] in4 = Packet.udpPacket(PacketTable.OUTSIDE, 40000, PacketTable.INSIDE, 80);
        byte[] in6 = Packet.udpPacket(PacketTable.OUTSIDE6, 40000, PacketTable.INSIDE6, 80);
        byte[] datagram = Packet.udp(40000, 80, new byte[32]);
        byte[] extended = Packet.extension(44, Packet.fragment(60, 0, true, 9, Packet.extension(17, datagram)));
        byte[] options = {1, 7, 7, 4, 0, 0, 0, 0};
        return List.of(
                in4,
                in6,
                Packet.tcpPacket(PacketTable.OUTSIDE, 40000, PacketTable.INSIDE, 80, Packet.SYN),
                Packet.tcpPacket(PacketTable.OUTSIDE6, 40000, PacketTable.INSIDE6, 80, Packet.SYN),
                Packet.ping(PacketTable.OUTSIDE, PacketTable.INSIDE, 7, false),
                Packet.ping(PacketTable.OUTSIDE6, PacketTable.INSIDE6, 7, false),
                Packet.discovery("fe80::1", "ff02::1", 135),
                Packet.ip(PacketTable.INSIDE, PacketTable.OUTSIDE, 1, Packet.icmp(3, 3, 0, Packet.quote(in4))),
                Packet.ip(PacketTable.INSIDE6, PacketTable.OUTSIDE6, 58, Packet.icmp(1, 4, 0, Packet.quote(in6))),
                Packet.ip(PacketTable.OUTSIDE6, PacketTable.INSIDE6, 0, extended),
                Packet.ethernet(
                        0x0800, Packet.ipv4Options(PacketTable.OUTSIDE, PacketTable.INSIDE, 17, options, datagram)),
                Packet.ethernet(0x0800, Packet.ipv4(PacketTable.OUTSIDE, PacketTable.INSIDE, 17, 0x2000, datagram)),
                Packet.ethernet(0x0800, Packet.ipv4(PacketTable.OUTSIDE, PacketTable.INSIDE, 17, 5, new byte[40])),
                Packet.ethernet(0x88a8, Packet.tag(6, 0x8100, Packet.tag(5, 0x86dd, Packet.quote(in6)))),
                Packet.arp(1, PacketTable.OUTSIDE, PacketTable.INSIDE));
    }
}
