// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.FIN;
import static dev.weir.agent.packet.Packet.PSH;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.cut;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.extension;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.ipv4Options;
import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.ping;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.tag;
import static dev.weir.agent.packet.Packet.tcp;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Direction;
import dev.weir.bpf.SkbContext;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What refused packets are answered with.
class RejectTest extends RejectTable {
    @ParameterizedTest
    @CsvSource({
        // without ACK: everything that was sent is acknowledged, SYN as one
        "SYN, 0, 0, 1",
        "SYN, 0, 1, 2",
        "SYN, 0, 1000, 1001",
        "SYN, 40, 7, 8",
        "SYN|PSH, 12, 0, 1",
    })
    void whatHasNoAckIsAcknowledgedWithItsLength(String flags, int options, int data, int length) {
        for (Direction direction : Direction.values()) {
            for (String[] way : ways(direction)) {
                answered(
                        direction,
                        segment(way[0], way[1], flags(flags), new byte[options], new byte[data]),
                        Reply.rst(way[1], 80, way[0], 40000, 0, ISN + length, ACK));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"ACK, 0, 0", "ACK|PSH, 12, 1", "ACK|FIN, 0, 0", "SYN|ACK, 40, 0", "ACK, 0, 1460"})
    void whatHasAnAckIsAnsweredFromThere(String flags, int options, int data) {
        for (Direction direction : Direction.values()) {
            for (String[] way : ways(direction)) {
                byte[] frame = segment(way[0], way[1], flags(flags), new byte[options], new byte[data]);
                judge.send(direction, frame); // a SYN with ACK is judged as an answer to the other direction
                same(Reply.rst(way[1], 80, way[0], 40000, PEER_ISN, 0, 0), frame);
            }
        }
    }

    private static int flags(String names) {
        int flags = 0;
        for (String name : names.split("\\|", -1)) {
            flags |= switch (name) {
                case "SYN" -> SYN;
                case "ACK" -> ACK;
                case "FIN" -> FIN;
                case "PSH" -> PSH;
                default -> throw new IllegalArgumentException(name);
            };
        }
        return flags;
    }

    @Test
    void sequenceNumbersWrap() {
        byte[] last = ip(OUTSIDE, INSIDE, 6, tcp(40000, 80, -1, 0, SYN, NONE));
        answered(INGRESS, last, Reply.rst(INSIDE, 80, OUTSIDE, 40000, 0, 0, ACK));
    }

    @Test
    void otherProtocolsGetPortUnreachable() {
        for (Direction direction : Direction.values()) {
            for (String[] way : ways(direction)) {
                byte[] sctp = join(Packet.u16(40000), Packet.u16(80), new byte[8]);
                for (byte[] frame : new byte[][] {
                    udpPacket(way[0], 40000, way[1], 80),
                    ip(way[0], way[1], 17, udp(40000, 80, NONE)),
                    ip(way[0], way[1], 17, udp(40000, 80, new byte[3])),
                    ip(way[0], way[1], 132, sctp),
                    ip(way[0], way[1], 47, new byte[5]),
                    ip(way[0], way[1], 47, NONE),
                    ping(way[0], way[1], 7, false),
                }) {
                    answered(direction, frame, Reply.unreachable(way[1], way[0], quote(frame)));
                }
            }
        }
    }

    @Test
    void noMoreIsQuotedThanTheLimit() {
        for (String[] way : ways(EGRESS)) {
            int headers = quote(ip(way[0], way[1], 17, udp(40000, 80, NONE))).length;
            for (int bytes : new int[] {QUOTED - 1, QUOTED, QUOTED + 1, 1400}) {
                byte[] frame = ip(way[0], way[1], 17, udp(40000, 80, new byte[bytes - headers]));
                byte[] quoted = cut(quote(frame), Math.min(bytes, QUOTED));
                answered(EGRESS, frame, Reply.unreachable(way[1], way[0], quoted));
            }
        }
    }

    @Test
    void whatFollowsThePacketInItsFrameIsNotQuoted() {
        byte[] padded = join(ip(INSIDE, OUTSIDE, 17, udp(40000, 80, NONE)), new byte[18]);
        answered(EGRESS, padded, Reply.unreachable(OUTSIDE, INSIDE, cut(quote(padded), 28)));
    }

    @Test
    void optionsAndExtensionHeadersAreQuotedAndNotRepeated() {
        byte[] options = new byte[40];
        Arrays.fill(options, (byte) 1);
        byte[] udp = ethernet(0x0800, ipv4Options(INSIDE, OUTSIDE, 17, options, udp(40000, 80, NONE)));
        answered(EGRESS, udp, Reply.unreachable(OUTSIDE, INSIDE, quote(udp)));
        byte[] syn = ethernet(0x0800, ipv4Options(INSIDE, OUTSIDE, 6, options, tcp(40000, 80, SYN)));
        answered(EGRESS, syn, Reply.rst(OUTSIDE, 80, INSIDE, 40000, 0, 1, ACK));

        byte[] udp6 = ip(INSIDE6, OUTSIDE6, 60, extension(60, extension(17, udp(40000, 80, NONE))));
        answered(EGRESS, udp6, Reply.unreachable(OUTSIDE6, INSIDE6, quote(udp6)));
        byte[] syn6 = ip(INSIDE6, OUTSIDE6, 60, extension(60, extension(6, tcp(40000, 80, SYN))));
        answered(EGRESS, syn6, Reply.rst(OUTSIDE6, 80, INSIDE6, 40000, 0, 1, ACK));

        byte[] long6 = ip(INSIDE6, OUTSIDE6, 60, join(new byte[] {6, (byte) 255}, new byte[2046], tcp(40000, 80, SYN)));
        answered(EGRESS, long6, Reply.rst(OUTSIDE6, 80, INSIDE6, 40000, 0, 1, ACK));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void tagsAreKept(int count) {
        for (String[] way : ways(INGRESS)) {
            byte[] syn = tcpPacket(way[0], 40000, way[1], 80, SYN);
            answered(INGRESS, tagged(syn, count), tagged(Reply.rst(way[1], 80, way[0], 40000, 0, 1, ACK), count));
            byte[] udp = udpPacket(way[0], 40000, way[1], 80);
            answered(INGRESS, tagged(udp, count), tagged(Reply.unreachable(way[1], way[0], quote(udp)), count));
        }
    }

    private static byte[] tagged(byte[] frame, int count) {
        byte[] tags = count == 1
                ? new byte[] {(byte) 0x81, 0, 0, 5}
                : new byte[] {(byte) 0x88, (byte) 0xa8, 0, 6, (byte) 0x81, 0, 0, 5};
        return join(cut(frame, 12), tags, Arrays.copyOfRange(frame, 12, frame.length));
    }

    @Test
    void tagIsAsPacketBuildsIt() {
        byte[] udp = udpPacket(OUTSIDE, 40000, INSIDE, 80);
        assertEquals(
                HexFormat.of().formatHex(ethernet(0x8100, tag(5, 0x0800, quote(udp)))),
                HexFormat.of().formatHex(tagged(udp, 1)));
    }

    @Test
    void superPacketsGetOneAnswer() {
        byte[] tcp = segment(OUTSIDE, INSIDE, SYN, NONE, new byte[3000]);
        judge.observe(INGRESS, tcp, SkbContext.segmented(LOOPBACK, 3, 1000));
        same(Reply.rst(INSIDE, 80, OUTSIDE, 40000, 0, ISN + 3001, ACK), tcp);
        byte[] udp = ip(OUTSIDE6, INSIDE6, 17, udp(40000, 80, new byte[2000]));
        judge.observe(INGRESS, udp, SkbContext.segmented(LOOPBACK, 2, 1000));
        same(Reply.unreachable(INSIDE6, OUTSIDE6, cut(quote(udp), QUOTED)), udp);
    }

    @Test
    void ofALiveFlowEveryFurtherPacketIsAnswered() {
        judge.policies(WEB);
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), "allow by web/ingress/http");
        expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN), "allow by web/ingress/http");
        judge.policies(REJECT);
        for (int i = 0; i < 3; i++) {
            byte[] in = udpPacket(OUTSIDE, 40000, INSIDE, 80);
            answered(INGRESS, in, Reply.unreachable(INSIDE, OUTSIDE, quote(in)));
            byte[] out = udpPacket(INSIDE, 80, OUTSIDE, 40000);
            expect(EGRESS, out, "reject by shut/ingress/default");
            same(Reply.unreachable(OUTSIDE, INSIDE, quote(out)), out);
            answered(
                    INGRESS,
                    segment(OUTSIDE, INSIDE, ACK, NONE, new byte[9]),
                    Reply.rst(INSIDE, 80, OUTSIDE, 40000, PEER_ISN, 0, 0));
        }
    }
}
