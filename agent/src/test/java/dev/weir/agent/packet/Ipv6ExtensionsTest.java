// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.IPV6_LENGTH;
import static dev.weir.agent.packet.Packet.cut;
import static dev.weir.agent.packet.Packet.extension;
import static dev.weir.agent.packet.Packet.fragment;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.tcp;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.with;
import static dev.weir.agent.packet.Packet.with16;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// IPv6 extension headers are walked, eight of them.
class Ipv6ExtensionsTest extends PacketTable {
    private static final int HOP_BY_HOP = 0;
    private static final int UDP = 17;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;
    private static final int NO_NEXT = 59;
    private static final int DESTINATION = 60;
    private static final int FIRST_HEADER = 54;
    private static final String ALLOW = "allow by web/ingress/http";

    private static byte[] packet(int next, byte[] payload) {
        return ip(OUTSIDE6, INSIDE6, next, payload);
    }

    /// `count` headers of destination options before a datagram.
    private static byte[] chain(int count, int port) {
        byte[] payload = udp(40000, port, new byte[8]);
        int next = UDP;
        for (int i = 0; i < count; i++) {
            payload = extension(next, payload);
            next = DESTINATION;
        }
        return packet(next, payload);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
    void upToEightAreWalked(int count) {
        expect(INGRESS, chain(count, 80), ALLOW);
        expect(INGRESS, chain(count, 81), "deny by web/ingress/default");
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 10, 30})
    void moreAreDropped(int count) {
        expect(INGRESS, chain(count, 80), "drop extensions");
    }

    @Test
    void everyShorterChainIsMalformed() {
        byte[] whole = chain(8, 80);
        for (int length = FIRST_HEADER; length < whole.length; length++) {
            expect(INGRESS, cut(whole, length), "drop malformed");
            byte[] honest = with16(cut(whole, length), IPV6_LENGTH, length - FIRST_HEADER);
            expect(INGRESS, honest, "drop malformed");
        }
    }

    @Test
    void eachKindOfHeaderIsKnown() {
        byte[] datagram = udp(40000, 80, new byte[8]);
        expect(INGRESS, packet(HOP_BY_HOP, extension(UDP, datagram)), ALLOW);
        expect(INGRESS, packet(DESTINATION, extension(UDP, datagram)), ALLOW);
        expect(INGRESS, packet(FRAGMENT, fragment(UDP, 0, false, 1, datagram)), ALLOW);
        expect(
                INGRESS,
                packet(HOP_BY_HOP, extension(FRAGMENT, fragment(DESTINATION, 0, false, 1, extension(UDP, datagram)))),
                ALLOW);
        expect(INGRESS, packet(DESTINATION, extension(6, tcp(40000, 80, Packet.SYN))), ALLOW);
    }

    @Test
    void authenticationHeaderCountsInWordsOfFour() {
        byte[] datagram = udp(40000, 80, new byte[8]);
        for (int words = 1; words <= 6; words++) {
            byte[] header = new byte[(words + 2) * 4];
            header[0] = UDP;
            header[1] = (byte) words;
            expect(INGRESS, packet(AUTHENTICATION, join(header, datagram)), ALLOW);
        }
    }

    @Test
    void longHeadersAreSteppedOver() {
        byte[] longest = new byte[256 * 8];
        longest[0] = UDP;
        longest[1] = (byte) 255;
        byte[] packet = packet(DESTINATION, join(longest, udp(40000, 80, new byte[8])));
        expect(INGRESS, packet, ALLOW);
        expect(INGRESS, cut(packet, packet.length - 1), "drop malformed");
    }

    @Test
    void headerThatReachesBeyondThePacketIsMalformed() {
        byte[] packet = packet(DESTINATION, extension(UDP, udp(40000, 80, new byte[8])));
        expect(INGRESS, with(packet, FIRST_HEADER + 1, 0), ALLOW);
        expect(INGRESS, with(packet, FIRST_HEADER + 1, 3), "drop malformed");
        expect(INGRESS, with(packet, FIRST_HEADER + 1, 255), "drop malformed");
    }

    @Test
    void sourceRouteIsMalformedWhileSegmentsAreLeft() {
        byte[] packet = packet(ROUTING, extension(UDP, udp(40000, 80, new byte[8])));
        byte[] typeZero = with(packet, FIRST_HEADER + 2, 0);
        expect(INGRESS, with(typeZero, FIRST_HEADER + 3, 0), ALLOW);
        expect(INGRESS, with(typeZero, FIRST_HEADER + 3, 1), "drop malformed");
        expect(INGRESS, with(typeZero, FIRST_HEADER + 3, 255), "drop malformed");
        expect(INGRESS, with(with(packet, FIRST_HEADER + 2, 2), FIRST_HEADER + 3, 1), ALLOW); // mobile IPv6
    }

    @Test
    void nothingBehindThemIsAProtocolOfItsOwn() {
        judge.policies("""
                policy: none
                applies-to: {namespaces: [blue]}
                ingress: {default: deny, rules: [{name: none, allow: proto/59}]}
                """);
        expect(INGRESS, packet(NO_NEXT, new byte[0]), "allow by none/ingress/none");
        expect(INGRESS, packet(DESTINATION, extension(NO_NEXT, new byte[0])), "allow by none/ingress/none");
    }

    @Test
    void jumbogramSaysItsLengthElsewhere() {
        byte[] packet = packet(HOP_BY_HOP, extension(UDP, udp(40000, 80, new byte[8])));
        expect(INGRESS, with16(packet, IPV6_LENGTH, 0), ALLOW);
    }
}
