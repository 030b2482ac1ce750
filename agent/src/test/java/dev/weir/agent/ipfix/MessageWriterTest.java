// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/// What is written is what a collector reads that knows RFC 7011 and nothing else.
class MessageWriterTest {
    private static final long NOW = 1_700_000_000L;
    private static final FlowRecord FLOW = new FlowRecord(
            IpAddress.parse("192.0.2.1"),
            IpAddress.parse("198.51.100.7"),
            40_000,
            443,
            6,
            0,
            1_700_000_000_123L,
            1_700_000_001_456L,
            1_540,
            10,
            EndReason.ACTIVE,
            Direction.EGRESS,
            "blue",
            "web",
            "#1",
            "allow",
            Direction.EGRESS);

    private final List<byte[]> sent = new ArrayList<>();
    private final List<Integer> flows = new ArrayList<>();

    private MessageWriter writer(int maxBytes) {
        return new MessageWriter(maxBytes, 7, () -> NOW, (message, count) -> {
            byte[] bytes = new byte[message.remaining()];
            message.get(bytes);
            sent.add(bytes);
            flows.add(count);
        });
    }

    private List<Decoder.Message> read() {
        Decoder decoder = new Decoder();
        return sent.stream().map(decoder::read).toList();
    }

    @Test
    void bytesAreThoseOfTheRfc() throws IOException {
        MessageWriter writer = writer(1400);
        writer.add(new Statistics(7, 0x0102, 3));
        writer.flush();
        assertEquals(
                "000a0028" + "6553f100" + "00000000" + "00000007" // version, length, time, sequence, domain
                        + "01020018" // set 258 of 24 bytes
                        + "00000007" + "0000000000000102" + "0000000000000003",
                HexFormat.of().formatHex(sent.getFirst()));
    }

    @Test
    void templateOfAnEnterpriseFieldCarriesItsNumber() {
        ByteBuffer out = ByteBuffer.allocate(64);
        new Template(300, 0, List.of(Field.iana(8, 4), Field.weir(1))).write(out);
        assertEquals(
                "00020014" + "012c0002" + "00080004" + "8001ffff" + "00007ed9",
                HexFormat.of().formatHex(out.array(), 0, out.position()));
    }

    @Test
    void fieldsHaveTheNumbersOfIana() throws IOException {
        MessageWriter writer = writer(1400);
        writer.addTemplates();
        writer.add(FLOW);
        writer.flush();
        List<Decoder.Message> messages = read();
        assertEquals(List.of(256, 257, 258), messages.getFirst().templates());
        assertEquals(7, messages.getLast().domain());
        assertEquals(NOW, messages.getLast().seconds());
        Decoder.Data flow = messages.getLast().records().getFirst();
        assertArrayEquals(new byte[] {(byte) 192, 0, 2, 1}, flow.bytes(8));
        assertArrayEquals(new byte[] {(byte) 198, 51, 100, 7}, flow.bytes(12));
        assertEquals(40_000, flow.number(7));
        assertEquals(443, flow.number(11));
        assertEquals(6, flow.number(4));
        assertEquals(1_700_000_000_123L, flow.number(152));
        assertEquals(1_700_000_001_456L, flow.number(153));
        assertEquals(1_540, flow.number(352));
        assertEquals(1_400, flow.number(1), "without ten Ethernet headers");
        assertEquals(10, flow.number(2));
        assertEquals(2, flow.number(136));
        assertEquals(1, flow.number(61));
        assertEquals("blue", flow.text(1));
        assertEquals("web", flow.text(2));
        assertEquals("#1", flow.text(3));
        assertEquals("allow", flow.text(4));
        assertEquals("egress", flow.text(5));
    }

    @Test
    void nothingIsSentWhereThereIsNothing() throws IOException {
        MessageWriter writer = writer(1400);
        writer.flush();
        assertEquals(0, sent.size());
        writer.addTemplates();
        assertEquals(1, sent.size());
    }

    @Test
    void messageThatIsNotSentIsTold() {
        MessageWriter writer = new MessageWriter(1400, 7, () -> NOW, (message, count) -> {
            throw new IOException("gone");
        });
        assertThrows(IOException.class, () -> {
            writer.add(FLOW);
            writer.add(new Statistics(7, 0, 0));
            writer.add(FLOW);
            writer.flush();
        });
        assertEquals(2, writer.waiting());
    }

    @Property
    void whateverIsAddedIsReadAgain(
            @ForAll("records") List<FlowRecord> records, @ForAll @IntRange(min = 512, max = 9000) int maxBytes)
            throws IOException {
        sent.clear();
        flows.clear();
        MessageWriter writer = writer(maxBytes);
        writer.addTemplates();
        for (FlowRecord record : records) {
            writer.add(record);
        }
        writer.flush();
        assertTrue(sent.stream().allMatch(message -> message.length <= maxBytes));
        assertEquals(records.size(), flows.stream().mapToInt(count -> count).sum());
        List<Decoder.Data> found =
                read().stream().flatMap(message -> message.records().stream()).toList();
        assertEquals(records.size(), found.size());
        for (int i = 0; i < found.size(); i++) {
            assertSame(records.get(i), found.get(i));
        }
    }

    private static void assertSame(FlowRecord written, Decoder.Data read) {
        boolean v4 = written.source().isV4() && written.destination().isV4();
        assertEquals(v4 ? 256 : 257, read.set());
        assertArrayEquals(bytes(written.source(), v4), read.bytes(v4 ? 8 : 27));
        assertArrayEquals(bytes(written.destination(), v4), read.bytes(v4 ? 12 : 28));
        assertEquals(written.sourcePort(), read.number(7));
        assertEquals(written.destinationPort(), read.number(11));
        assertEquals(written.protocol(), read.number(4));
        assertEquals(written.icmpTypeCode(), read.number(v4 ? 32 : 139));
        assertEquals(written.layer2Octets(), read.number(352));
        assertEquals(written.packets(), read.number(2));
        assertEquals(written.namespace(), read.text(1));
        assertEquals(written.policy(), read.text(2));
        assertEquals(written.rule(), read.text(3));
        assertEquals(written.verdict(), read.text(4));
    }

    private static byte[] bytes(IpAddress address, boolean v4) {
        return v4 ? ByteBuffer.allocate(4).putInt(address.v4()).array() : address.toBytes();
    }

    @Provide
    Arbitrary<List<FlowRecord>> records() {
        Arbitrary<IpAddress> address = Arbitraries.oneOf(
                Arbitraries.integers().map(IpAddress::ofV4),
                Combinators.combine(Arbitraries.longs(), Arbitraries.longs()).as(IpAddress::new));
        Arbitrary<Integer> port = Arbitraries.integers().between(0, 65_535);
        Arbitrary<String> name =
                Arbitraries.strings().withCharRange(' ', '\u00ff').ofMaxLength(31);
        Arbitrary<Long> count = Arbitraries.longs().greaterOrEqual(1);
        return Combinators.combine(address, address, port, port, port, count, count, name)
                .as((source, destination, from, to, icmp, bytes, packets, text) -> new FlowRecord(
                        source,
                        destination,
                        from,
                        to,
                        from & 0xff,
                        icmp,
                        bytes,
                        packets,
                        bytes,
                        packets,
                        EndReason.IDLE,
                        Direction.INGRESS,
                        text,
                        text,
                        text,
                        "deny",
                        Direction.EGRESS))
                .list()
                .ofMaxSize(60);
    }
}
