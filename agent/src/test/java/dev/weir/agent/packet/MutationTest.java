// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import dev.weir.abi.Direction;
import dev.weir.agent.enforce.Judge;
import dev.weir.bpf.SkbContext;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;

/// Whatever a packet looks like, it is counted once, with all its bytes, and let through or dropped as counted.
@Tag("kernel")
class MutationTest {
    private static final int LEAST = 54; // below, a test run refuses what says IPv6
    private static final List<byte[]> SEEDS = seeds();

    private static @Nullable Judge judge;

    @BeforeContainer
    static void load() {
        judge = new Judge()
                .policies(PacketTable.WEB)
                .holds("blue", PacketTable.INSIDE, Judge.LOOPBACK)
                .holds("blue", PacketTable.INSIDE6, Judge.LOOPBACK)
                .holds("blue", "fe80::2", Judge.LOOPBACK);
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

    /// A burst, because later packets meet what earlier ones have left.
    @Property(shrinking = ShrinkingMode.BOUNDED)
    void everyPacketIsCountedOnce(
            @ForAll @Size(16) List<@From("frames") byte[]> frames,
            @ForAll Direction direction,
            @ForAll boolean guarded) {
        judge().guard(Judge.LOOPBACK, guarded ? Packet.mac(Packet.SENDER) : 0);
        frames.forEach(frame -> judge().send(direction, frame));
    }

    @Property(shrinking = ShrinkingMode.BOUNDED)
    void everySuperPacketIsCountedAsItsSegments(
            @ForAll("frames") byte[] frame, @ForAll Direction direction, @ForAll boolean guarded) {
        judge().guard(Judge.LOOPBACK, guarded ? Packet.mac(Packet.SENDER) : 0);
        Judge.Seen seen = judge().observe(direction, frame, SkbContext.segmented(Judge.LOOPBACK, 3, 100));
        if (seen.packets() != 3 || seen.bytes() < frame.length || seen.bytes() > 3L * frame.length) {
            throw new AssertionError(frame.length + " bytes in 3 segments were counted as " + seen);
        }
    }

    /// Each as it is known, both ways, with the guard and without.
    @Example
    void everyShapeIsCountedOnce() {
        for (long mac : new long[] {0, Packet.mac(Packet.SENDER)}) {
            judge().guard(Judge.LOOPBACK, mac);
            for (byte[] frame : SEEDS) {
                judge().send(Direction.EGRESS, frame);
                judge().send(Direction.INGRESS, frame);
            }
        }
    }

    private static List<byte[]> seeds() {
        return Stream.concat(
                        Shapes.all(PacketTable.OUTSIDE, PacketTable.INSIDE, PacketTable.OUTSIDE6, PacketTable.INSIDE6)
                                .stream(),
                        Shapes.all(PacketTable.INSIDE, PacketTable.OUTSIDE, PacketTable.INSIDE6, PacketTable.OUTSIDE6)
                                .stream())
                .toList();
    }
}
