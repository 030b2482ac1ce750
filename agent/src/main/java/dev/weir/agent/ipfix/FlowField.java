// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import dev.weir.abi.IpAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/// Every field of a flow record, in order: the one declaration from which templates and records are
/// made. Names are those of the registry "IPFIX Information Elements" of IANA.
enum FlowField {
    SOURCE_IPV4_ADDRESS(
            Field.iana(8, 4), (flow, out) -> out.putInt(flow.source().v4())),
    SOURCE_IPV6_ADDRESS(Field.iana(27, 16), (flow, out) -> put(out, flow.source())),
    DESTINATION_IPV4_ADDRESS(
            Field.iana(12, 4), (flow, out) -> out.putInt(flow.destination().v4())),
    DESTINATION_IPV6_ADDRESS(Field.iana(28, 16), (flow, out) -> put(out, flow.destination())),
    SOURCE_TRANSPORT_PORT(Field.iana(7, 2), (flow, out) -> out.putShort((short) flow.sourcePort())),
    DESTINATION_TRANSPORT_PORT(Field.iana(11, 2), (flow, out) -> out.putShort((short) flow.destinationPort())),
    PROTOCOL_IDENTIFIER(Field.iana(4, 1), (flow, out) -> out.put((byte) flow.protocol())),
    ICMP_TYPE_CODE_IPV4(Field.iana(32, 2), (flow, out) -> out.putShort((short) flow.icmpTypeCode())),
    ICMP_TYPE_CODE_IPV6(Field.iana(139, 2), (flow, out) -> out.putShort((short) flow.icmpTypeCode())),
    FLOW_START_MILLISECONDS(Field.iana(152, 8), (flow, out) -> out.putLong(flow.startMillis())),
    FLOW_END_MILLISECONDS(Field.iana(153, 8), (flow, out) -> out.putLong(flow.endMillis())),
    OCTET_DELTA_COUNT(Field.iana(1, 8), (flow, out) -> out.putLong(flow.octets())),
    LAYER2_OCTET_DELTA_COUNT(Field.iana(352, 8), (flow, out) -> out.putLong(flow.layer2Octets())),
    PACKET_DELTA_COUNT(Field.iana(2, 8), (flow, out) -> out.putLong(flow.packets())),
    FLOW_END_REASON(
            Field.iana(136, 1), (flow, out) -> out.put((byte) flow.reason().number())),
    /// 0: it enters the namespace, 1: it leaves it.
    FLOW_DIRECTION(
            Field.iana(61, 1),
            (flow, out) -> out.put((byte)
                    switch (flow.direction()) {
                        case INGRESS -> 0;
                        case EGRESS -> 1;
                    })),
    NAMESPACE(Field.weir(1), (flow, out) -> put(out, flow.namespace())),
    POLICY(Field.weir(2), (flow, out) -> put(out, flow.policy())),
    RULE(Field.weir(3), (flow, out) -> put(out, flow.rule())),
    VERDICT(Field.weir(4), (flow, out) -> put(out, flow.verdict())),
    OPENER(Field.weir(5), (flow, out) -> put(out, flow.opener().toString()));

    /// What a value that is longer than 254 bytes begins with (RFC 7011, section 7).
    private static final int LONG_TEXT = 255;

    /// The fields of a record between IPv4 addresses, and between IPv6 addresses.
    static final List<FlowField> V4 = without("IPV6");

    static final List<FlowField> V6 = without("IPV4");

    @SuppressWarnings("ImmutableEnumChecker") // a record of numbers
    private final Field field;

    @SuppressWarnings("ImmutableEnumChecker") // a lambda that captures nothing
    private final BiConsumer<FlowRecord, ByteBuffer> value;

    FlowField(Field field, BiConsumer<FlowRecord, ByteBuffer> value) {
        this.field = field;
        this.value = value;
    }

    Field field() {
        return field;
    }

    void write(FlowRecord flow, ByteBuffer out) {
        value.accept(flow, out);
    }

    private static List<FlowField> without(String family) {
        List<FlowField> fields = new ArrayList<>(List.of(values()));
        fields.removeIf(field -> field.name().contains(family));
        return List.copyOf(fields);
    }

    private static void put(ByteBuffer out, IpAddress address) {
        out.putLong(address.high()).putLong(address.low());
    }

    private static void put(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length < LONG_TEXT) {
            out.put((byte) bytes.length);
        } else {
            out.put((byte) LONG_TEXT).putShort((short) bytes.length);
        }
        out.put(bytes);
    }
}
