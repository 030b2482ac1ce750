// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.enforce.Judge.LOOPBACK;
import static dev.weir.agent.packet.Packet.SENDER;
import static dev.weir.agent.packet.Packet.arp;
import static dev.weir.agent.packet.Packet.cut;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.sentBy;
import static dev.weir.agent.packet.Packet.tag;
import static dev.weir.agent.packet.Packet.with;
import static dev.weir.agent.packet.Packet.with16;

import dev.weir.abi.Verdict;
import dev.weir.agent.enforce.Judge;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// ARP passes no rule; what leaves may claim only what the namespace holds.
class ArpTest extends GuardedTable {
    private static final int ARP = 0x0806;
    private static final int REQUEST = 1;
    private static final int ANSWER = 2;
    private static final int FORM = Packet.ETHERNET; // hardware, protocol, and how long their addresses are
    private static final int OPERATION = FORM + 6;
    private static final int LENGTH = FORM + 28;

    @Test
    void passesWhereEverythingElseIsClosed() {
        judge.close();
        judge = new Judge(Verdict.DENY, 1).policies(NOTHING);
        byte[] request = arp(REQUEST, INSIDE, OUTSIDE);
        expect(EGRESS, request, "pass");
        expect(INGRESS, request, "pass");
        expect(INGRESS, ethernet(0x8100, tag(5, ARP, quote(request))), "pass");
    }

    @Test
    void holderAsksAndAnswersAndAnnounces() {
        expect(EGRESS, arp(REQUEST, INSIDE, OUTSIDE), "pass");
        expect(EGRESS, arp(REQUEST, INSIDE, NEIGHBOUR), "pass");
        expect(EGRESS, arp(ANSWER, INSIDE, NEIGHBOUR), "pass");
        expect(EGRESS, arp(REQUEST, INSIDE, INSIDE), "pass");
        expect(EGRESS, arp(ANSWER, INSIDE, INSIDE), "pass");
        expect(EGRESS, ethernet(0x8100, tag(5, ARP, quote(arp(ANSWER, INSIDE, OUTSIDE)))), "pass");
    }

    @ParameterizedTest
    @ValueSource(strings = {STRANGER, NEIGHBOUR, ELSEWHERE, ANYWHERE, "198.51.100.0", "127.0.0.1", "255.255.255.255"})
    void addressThatIsNotHeldHereIsNotClaimed(String address) {
        expect(EGRESS, arp(REQUEST, address, OUTSIDE), SPOOF);
        expect(EGRESS, arp(ANSWER, address, OUTSIDE), SPOOF);
        expect(EGRESS, arp(ANSWER, address, address), SPOOF);
        expect(EGRESS, ethernet(0x88a8, tag(6, 0x8100, tag(5, ARP, quote(arp(ANSWER, address, OUTSIDE))))), SPOOF);
    }

    @Test
    void takenAwayAddressIsNotClaimedAnyMore() {
        judge.loses(INSIDE, LOOPBACK);
        expect(EGRESS, arp(ANSWER, INSIDE, OUTSIDE), SPOOF);
    }

    @Test
    void macInsideIsThatOfTheFrame() {
        byte[] forged = ethernet(ARP, arp(ANSWER, OTHER_MAC, INSIDE, OUTSIDE));
        expect(EGRESS, forged, SPOOF);
        expect(EGRESS, sentBy(OTHER_MAC, forged), SPOOF);
        expect(EGRESS, sentBy(OTHER_MAC, arp(ANSWER, INSIDE, OUTSIDE)), SPOOF);
        expect(EGRESS, ethernet(ARP, arp(ANSWER, SENDER, INSIDE, OUTSIDE)), "pass");
    }

    /// RFC 5227: who asks whether an address is free has none.
    @Test
    void probeNamesNoSender() {
        expect(EGRESS, arp(REQUEST, "0.0.0.0", INSIDE), "pass");
        expect(EGRESS, arp(REQUEST, "0.0.0.0", STRANGER), "pass");
        expect(EGRESS, arp(ANSWER, "0.0.0.0", INSIDE), SPOOF);
        expect(EGRESS, ethernet(ARP, arp(REQUEST, OTHER_MAC, "0.0.0.0", INSIDE)), SPOOF);
    }

    @Test
    void everythingEntersAndLeavesWithoutTheGuard() {
        expect(INGRESS, arp(ANSWER, STRANGER, INSIDE), "pass");
        expect(INGRESS, sentBy(OTHER_MAC, arp(REQUEST, INSIDE, INSIDE)), "pass");
        judge.guard(LOOPBACK, 0);
        expect(EGRESS, arp(ANSWER, NEIGHBOUR, OUTSIDE), "pass");
        expect(EGRESS, ethernet(ARP, arp(ANSWER, OTHER_MAC, INSIDE, OUTSIDE)), "pass");
    }

    @Test
    void otherOperationsAreHeldToTheirSender() {
        for (int operation : new int[] {0, 3, 8, 0x0100, 0xffff}) {
            expect(EGRESS, with16(arp(ANSWER, INSIDE, OUTSIDE), OPERATION, operation), "pass");
            expect(EGRESS, with16(arp(ANSWER, NEIGHBOUR, OUTSIDE), OPERATION, operation), SPOOF);
            expect(EGRESS, with16(arp(ANSWER, "0.0.0.0", OUTSIDE), OPERATION, operation), SPOOF);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anotherFormIsMalformed(boolean guarded) {
        judge.guard(LOOPBACK, guarded ? Packet.mac(SENDER) : 0);
        byte[] good = arp(REQUEST, INSIDE, OUTSIDE);
        byte[][] wrong = {
            with16(good, FORM, 0),
            with16(good, FORM, 6), // IEEE 802
            with16(good, FORM + 2, 0x0801),
            with16(good, FORM + 2, 0x86dd),
            with(good, FORM + 4, 5),
            with(good, FORM + 4, 8),
            with(good, FORM + 5, 0),
            with(good, FORM + 5, 16),
        };
        for (byte[] frame : wrong) {
            expect(EGRESS, frame, "drop malformed");
            expect(INGRESS, frame, "drop malformed");
        }
        for (int length = FORM; length < LENGTH; length++) {
            expect(EGRESS, cut(good, length), "drop malformed");
            expect(INGRESS, cut(good, length), "drop malformed");
        }
        expect(EGRESS, cut(good, LENGTH), "pass");
    }

    /// A frame is padded to 60 bytes; what is longer carries something that no rule has seen.
    @Test
    void whatLeavesCarriesNothingBehind() {
        byte[] good = arp(REQUEST, INSIDE, OUTSIDE);
        expect(EGRESS, cut(good, FORM + 46), "pass");
        expect(EGRESS, cut(good, FORM + 47), "drop malformed");
        expect(EGRESS, cut(good, 1514), "drop malformed");
        byte[] tagged = ethernet(0x8100, tag(5, ARP, quote(good)));
        expect(EGRESS, cut(tagged, FORM + 4 + 46), "pass");
        expect(EGRESS, cut(tagged, FORM + 4 + 47), "drop malformed");
        expect(INGRESS, cut(good, 1514), "pass");
        judge.guard(LOOPBACK, 0);
        expect(EGRESS, cut(good, 1514), "pass");
    }
}
