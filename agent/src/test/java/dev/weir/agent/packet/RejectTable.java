// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.tcp;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Direction;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;

/// Tests in which everything is refused with an answer; they read: packet, direction, answer.
abstract class RejectTable extends PacketTable {
    static final String REJECT = """
            policy: shut
            applies-to: {namespaces: [blue]}
            ingress: {default: reject}
            egress: {default: reject}
            """;

    static final int LOOPBACK = 1;
    static final int QUOTED = 96;
    static final int ISN = 0x89abcdef;
    static final int PEER_ISN = 0xfedcba98;
    static final byte[] NONE = {};

    @BeforeEach
    void shut() {
        judge.policies(REJECT);
    }

    void answered(Direction direction, byte[] frame, byte[] answer) {
        expect(direction, frame, "reject by shut/" + direction + "/default");
        same(answer, frame);
    }

    void same(byte[] answer, byte[] frame) {
        assertEquals(
                HexFormat.of().formatHex(answer),
                judge.answer().map(HexFormat.of()::formatHex).orElse("no answer"),
                () -> "the answer to " + HexFormat.of().formatHex(frame));
    }

    void unanswered(Direction direction, byte[] frame) {
        expect(direction, frame, "reject by shut/" + direction + "/default");
        assertEquals(
                Optional.empty(),
                judge.answer().map(HexFormat.of()::formatHex),
                () -> "to " + HexFormat.of().formatHex(frame));
        assertEquals(0, judge.suppressed());
    }

    static byte[] segment(String source, String destination, int flags, byte[] options, byte[] data) {
        return ip(source, destination, 6, join(tcp(40000, 80, ISN, PEER_ISN, flags, options), data));
    }

    /// The pairs of addresses of both families, from the sender to the receiver.
    static String[][] ways(Direction direction) {
        return direction == EGRESS
                ? new String[][] {{INSIDE, OUTSIDE}, {INSIDE6, OUTSIDE6}}
                : new String[][] {{OUTSIDE, INSIDE}, {OUTSIDE6, INSIDE6}};
    }
}
