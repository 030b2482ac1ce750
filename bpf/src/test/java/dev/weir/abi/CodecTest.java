// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CodecTest {
    private static final IpAddress INSIDE = IpAddress.parse("192.0.2.1");
    private static final IpAddress OUTSIDE = IpAddress.parse("2001:db8::7");
    private static final FlowKey KEY = new FlowKey(INSIDE, OUTSIDE, 40_000, 443, 7, 65_535, 255);
    private static final Flow FLOW = new Flow(
            -1L, 1, 2, 3, 4, Long.MIN_VALUE, -8, 65_535, Direction.INGRESS, FlowState.CLOSING, -7, 65_534, -5, 6);
    private static final CellOwner OWNER =
            new CellOwner(65_535, Direction.INGRESS, Verdict.ALLOW, "r".repeat(63), "größe");

    record Sample<T>(Codec<T> codec, T value) {
        @Override
        public String toString() {
            return codec.name();
        }
    }

    static Stream<Sample<?>> samples() {
        return Stream.of(
                new Sample<>(FlowKey.CODEC, KEY),
                new Sample<>(Flow.CODEC, FLOW),
                new Sample<>(DeviceKey.CODEC, new DeviceKey(-1, 3)),
                new Sample<>(Vantage.CODEC, new Vantage(0x8000_0000_0000_0001L, "a".repeat(63))),
                new Sample<>(AddressKey.CODEC, new AddressKey(OUTSIDE, 3, -4)),
                new Sample<>(
                        Endpoint.CODEC,
                        new Endpoint(8, 24, -1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, "blue", "veth-blue-12345", 13, 14)),
                new Sample<>(Account.CODEC, new Account(1, 2, -3, 4, -5, 6, true)),
                new Sample<>(PeerKey.CODEC, new PeerKey(-1, 2)),
                new Sample<>(Peer.CODEC, new Peer(-1, 2)),
                new Sample<>(Handshakes.CODEC, new Handshakes(buckets(1), buckets(100), -2, 3)),
                new Sample<>(Count.CODEC, new Count(1, -1)),
                new Sample<>(Counters.CODEC, new Counters(counts(1), counts(100), 7, -8)),
                new Sample<>(Cell.CODEC, new Cell(1, 2, 3, 4)),
                new Sample<>(CellOwner.CODEC, OWNER),
                new Sample<>(
                        State.CODEC,
                        new State(
                                1,
                                2,
                                3,
                                4,
                                -6,
                                -7,
                                -5,
                                -8,
                                new State.Generation(4, 5, "ab".repeat(32)),
                                new State.Generation(6, 7, "0f".repeat(32)))),
                new Sample<>(
                        ExpireArgs.CODEC,
                        new ExpireArgs(
                                new ExpireArgs.Idle(1, 2, 3, 4, 5, 6, 7),
                                new DeviceKey(8, 9),
                                10,
                                11,
                                12,
                                13,
                                14,
                                15,
                                16)),
                new Sample<>(TakenFlow.CODEC, new TakenFlow(buffer(128, 1), buffer(64, 2), buffer(64, 3), true, false)),
                new Sample<>(SumPlace.CODEC, new SumPlace(1, 4, 8)),
                new Sample<>(
                        SumPlaces.CODEC, new SumPlaces(true, List.of(new SumPlace(1, 4, 8), new SumPlace(-2, 8, 16)))),
                new Sample<>(Settings.CODEC, new Settings(1, Verdict.ALLOW, 0x0123456789abcdefL)),
                new Sample<>(
                        Answer.CODEC,
                        new Answer(-1, 2, 3, true, Verdict.AUDIT, Outcome.DROP_L2, Basis.KEPT, 255, true)),
                new Sample<>(
                        Event.CODEC,
                        new Event(
                                1,
                                2,
                                3,
                                KEY,
                                -4,
                                5,
                                6,
                                65_535,
                                Direction.INGRESS,
                                Verdict.REJECT,
                                Outcome.DROP_RATE,
                                255)),
                new Sample<>(Codecs.U32, -2),
                new Sample<>(Codecs.U64, Long.MAX_VALUE));
    }

    private static ByteBuffer buffer(int length, int content) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) content);
        return ByteBuffer.wrap(bytes);
    }

    private static List<Long> buckets(long from) {
        return LongStream.range(from, from + Limits.HANDSHAKE_BUCKETS).boxed().toList();
    }

    private static List<Count> counts(int from) {
        return IntStream.range(from, from + Outcome.values().length)
                .mapToObj(i -> new Count(i, 1000L + i))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("samples")
    <T> void whatIsWrittenIsRead(Sample<T> sample) {
        assertEquals(sample.value, sample.codec.decode(MemorySegment.ofArray(encode(sample, (byte) 0))));
    }

    @ParameterizedTest
    @MethodSource("samples")
    <T> void everyByteIsWrittenSoThatOldOnesNeverShow(Sample<T> sample) {
        assertArrayEquals(encode(sample, (byte) 0), encode(sample, (byte) 0xff));
    }

    @ParameterizedTest
    @MethodSource("samples")
    <T> void nothingIsWrittenPastTheEnd(Sample<T> sample) {
        byte[] room = new byte[sample.codec.byteSize() + 1];
        Arrays.fill(room, (byte) 0x5a);
        sample.codec.encode(sample.value, MemorySegment.ofArray(room));
        assertEquals(0x5a, room[room.length - 1]);
    }

    @ParameterizedTest
    @MethodSource("samples")
    <T> void shortSegmentsAreRefused(Sample<T> sample) {
        MemorySegment tooShort = MemorySegment.ofArray(new byte[sample.codec.byteSize() - 1]);
        assertThrows(IndexOutOfBoundsException.class, () -> sample.codec.encode(sample.value, tooShort));
        assertThrows(IndexOutOfBoundsException.class, () -> sample.codec.decode(tooShort));
    }

    private static <T> byte[] encode(Sample<T> sample, byte before) {
        byte[] bytes = new byte[sample.codec.byteSize()];
        Arrays.fill(bytes, before);
        sample.codec.encode(sample.value, MemorySegment.ofArray(bytes));
        return bytes;
    }

    @Test
    void flowKeysLookAsTheKernelWritesThem() {
        String expected = """
                00000000000000000000ffffc0000201
                20010db8000000000000000000000007
                9c40 01bb 07000000 ffff ff 00
                """;
        assertEquals(
                expected.replaceAll("\\s", ""),
                HexFormat.of().formatHex(encode(new Sample<>(FlowKey.CODEC, KEY), (byte) 0)));
    }

    @Test
    void judgementsHoldEpochVerdictAndCell() {
        Flow flow = new Flow(
                Flow.judgement(-2, OnChange.RESET, Verdict.AUDIT, 0xff_ffff),
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                Direction.EGRESS,
                FlowState.NEW,
                0,
                0,
                0,
                0);
        assertEquals(-2, flow.epoch());
        assertEquals(Verdict.AUDIT, flow.verdict());
        assertEquals(OnChange.RESET, flow.onChange());
        assertEquals(0xff_ffff, flow.cell());
        assertThrows(IllegalArgumentException.class, () -> Flow.judgement(0, OnChange.KEEP, Verdict.DENY, 1 << 24));
    }

    @Test
    void bytesThatTheKernelNeverWritesAreRefused() {
        byte[] bytes = encode(new Sample<>(Flow.CODEC, FLOW), (byte) 0);
        bytes[55] = 5;
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> Flow.CODEC.decode(MemorySegment.ofArray(bytes)));
        assertEquals("5 is no FlowState", refused.getMessage());
    }

    @Test
    void settingsNeedASecretAndDoNotTellIt() {
        assertThrows(IllegalArgumentException.class, () -> new Settings(0, Verdict.ALLOW, 0));
        assertEquals(
                "Settings[vantage=0, otherL2=allow]",
                Settings.of(0, Verdict.ALLOW).toString());
    }

    @Test
    void namesKeepRoomForTheirNul() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new CellOwner(1, Direction.EGRESS, Verdict.DENY, "p".repeat(64), "rule"));
        assertThrows(
                IllegalArgumentException.class,
                () -> new CellOwner(1, Direction.EGRESS, Verdict.DENY, "ü".repeat(32), "rule"));
        assertThrows(
                IllegalArgumentException.class,
                () -> new CellOwner(1, Direction.EGRESS, Verdict.DENY, "policy", "a\0b"));
    }

    @Test
    void countersAreFoundByDirectionAndOutcome() {
        Counters counters = new Counters(counts(1), counts(100), 0, 0);
        assertEquals(new Count(7, 1007), counters.count(Direction.EGRESS, Outcome.DROP_L2));
        assertEquals(new Count(100, 1100), counters.count(Direction.INGRESS, Outcome.PASS));
    }

    @Test
    void compiledObjectsAreElfFiles() {
        byte[] object = BpfObjects.bytes("abi");
        assertArrayEquals(new byte[] {0x7f, 'E', 'L', 'F'}, Arrays.copyOf(object, 4));
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> BpfObjects.bytes("absent"));
        assertEquals("no BPF object \"absent\" in the jar; build module bpf", refused.getMessage());
    }
}
