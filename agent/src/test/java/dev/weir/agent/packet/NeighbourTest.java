// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.enforce.Judge.LOOPBACK;
import static dev.weir.agent.packet.Packet.IPV6_HOP_LIMIT;
import static dev.weir.agent.packet.Packet.SENDER;
import static dev.weir.agent.packet.Packet.cut;
import static dev.weir.agent.packet.Packet.discovery;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.extension;
import static dev.weir.agent.packet.Packet.fragment;
import static dev.weir.agent.packet.Packet.icmp;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.option;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.sentBy;
import static dev.weir.agent.packet.Packet.tag;
import static dev.weir.agent.packet.Packet.v6;
import static dev.weir.agent.packet.Packet.with;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Neighbour discovery passes no rule; what leaves may claim only what the namespace holds, and carries nothing else.
class NeighbourTest extends GuardedTable {
    private static final int ROUTER_SOLICITATION = 133;
    private static final int ROUTER_ADVERTISEMENT = 134;
    private static final int SOLICITATION = 135;
    private static final int ADVERTISEMENT = 136;
    private static final int REDIRECT = 137;
    private static final int OVERRIDE = 0x2000_0000;
    private static final int CODE = Packet.ETHERNET + 40 + 1;
    private static final String ROUTERS = "ff02::2";
    private static final String NODES = "ff02::1";
    private static final String GROUP_OF_NEIGHBOUR = "ff02::1:ff00:2";
    private static final byte[] SOURCE_MAC = option(1, SENDER);
    private static final byte[] TARGET_MAC = option(2, SENDER);
    private static final byte[] NONCE = option(14, new byte[] {1, 2, 3, 4, 5, 6});
    private static final String MALFORMED = "drop malformed";

    private static byte[] ask(String source, String destination, String target, byte[]... options) {
        return discovery(source, destination, SOLICITATION, 0, join(v6(target), join(options)));
    }

    private static byte[] tell(String source, String destination, int flags, String target, byte[]... options) {
        return discovery(source, destination, ADVERTISEMENT, flags, join(v6(target), join(options)));
    }

    private static byte[] askRouters(String source, byte[]... options) {
        return discovery(source, ROUTERS, ROUTER_SOLICITATION, 0, join(options));
    }

    @ParameterizedTest
    @ValueSource(ints = {ROUTER_SOLICITATION, SOLICITATION, ADVERTISEMENT})
    void passesWhereEverythingElseIsClosed(int type) {
        judge.policies(NOTHING).guard(LOOPBACK, 0);
        expect(EGRESS, discovery("fe80::1", NODES, type), "pass");
        expect(INGRESS, discovery("fe80::2", "fe80::1", type), "pass");
    }

    @Test
    void holderAsksForNeighbours() {
        for (String source : new String[] {INSIDE6, LINK_LOCAL}) {
            expect(EGRESS, ask(source, GROUP_OF_NEIGHBOUR, NEIGHBOUR6, SOURCE_MAC), "pass");
            expect(EGRESS, ask(source, GROUP_OF_NEIGHBOUR, NEIGHBOUR6), "pass");
            expect(EGRESS, ask(source, NEIGHBOUR6, NEIGHBOUR6), "pass"); // whether it is still there
            expect(EGRESS, askRouters(source, SOURCE_MAC), "pass");
        }
    }

    @Test
    void holderTellsOfItself() {
        expect(EGRESS, tell(INSIDE6, NEIGHBOUR6, 3 * OVERRIDE, INSIDE6, TARGET_MAC), "pass");
        expect(EGRESS, tell(INSIDE6, NODES, OVERRIDE, INSIDE6, TARGET_MAC), "pass"); // to all, unasked
        expect(EGRESS, tell(LINK_LOCAL, NEIGHBOUR6, 0xe000_0000, INSIDE6), "pass"); // a router, and another address
    }

    /// RFC 4862, section 5.4: whether an address is free is asked without having one.
    @Test
    void addressIsDetectedWithoutHavingOne() {
        expect(EGRESS, ask("::", "ff02::1:ff00:3", STRANGER6), "pass");
        expect(EGRESS, ask("::", "ff02::1:ff00:3", STRANGER6, NONCE), "pass"); // RFC 7527
        expect(EGRESS, askRouters("::"), "pass");
        expect(EGRESS, ask("::", STRANGER6, STRANGER6), MALFORMED); // RFC 4861, section 7.1.1
        expect(EGRESS, ask("::", NODES, STRANGER6), MALFORMED);
        expect(EGRESS, tell("::", NODES, OVERRIDE, INSIDE6), SPOOF);
    }

    @ParameterizedTest
    @ValueSource(strings = {STRANGER6, NEIGHBOUR6, ELSEWHERE6, "fe80::3", "::1", "2001:db8:1::"})
    void addressThatIsNotHeldHereIsNotClaimed(String address) {
        expect(EGRESS, askRouters(address), SPOOF);
        expect(EGRESS, ask(address, GROUP_OF_NEIGHBOUR, NEIGHBOUR6), SPOOF);
        expect(EGRESS, tell(address, NODES, OVERRIDE, INSIDE6), SPOOF);
        expect(EGRESS, tell(INSIDE6, NODES, OVERRIDE, address), SPOOF);
        expect(EGRESS, tell(address, NODES, OVERRIDE, address, TARGET_MAC), SPOOF);
        expect(EGRESS, ethernet(0x8100, tag(5, 0x86dd, quote(tell(INSIDE6, NODES, 0, address)))), SPOOF);
    }

    @Test
    void takenAwayAddressIsNotClaimedAnyMore() {
        judge.loses(INSIDE6, LOOPBACK);
        expect(EGRESS, tell(LINK_LOCAL, NODES, OVERRIDE, INSIDE6), SPOOF);
        expect(EGRESS, ask(INSIDE6, GROUP_OF_NEIGHBOUR, NEIGHBOUR6), SPOOF);
    }

    @Test
    void macInOptionsIsThatOfTheFrame() {
        for (int type : new int[] {1, 2}) {
            byte[] forged = option(type, OTHER_MAC);
            expect(EGRESS, askRouters(LINK_LOCAL, forged), SPOOF);
            expect(EGRESS, ask(INSIDE6, GROUP_OF_NEIGHBOUR, NEIGHBOUR6, forged), SPOOF);
            expect(EGRESS, tell(INSIDE6, NODES, OVERRIDE, INSIDE6, forged), SPOOF);
            expect(EGRESS, tell(INSIDE6, NODES, OVERRIDE, INSIDE6, TARGET_MAC, forged), SPOOF);
            expect(EGRESS, sentBy(OTHER_MAC, tell(INSIDE6, NODES, OVERRIDE, INSIDE6, forged)), SPOOF);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                NODES,
                STRANGER6,
                "ff02::1:ff00:3", // whom another address belongs to
                "ff02::1:ff01:2",
                "ff02::1:fe00:2",
                "ff02::2:ff00:2",
                "ff05::1:ff00:2",
                "ff02:1::1:ff00:2",
                "ff02::1:0:1:ff00:2"
            })
    void questionGoesToWhomItIsAbout(String destination) {
        expect(EGRESS, ask(INSIDE6, destination, NEIGHBOUR6), MALFORMED);
    }

    @Test
    void otherOptionsDoNotLeave() {
        byte[] nothing = new byte[6];
        for (int type : new int[] {0, 3, 4, 5, 13, 14, 24, 25, 31, 253, 255}) {
            expect(EGRESS, askRouters(LINK_LOCAL, option(type, nothing)), MALFORMED);
            expect(EGRESS, ask(INSIDE6, GROUP_OF_NEIGHBOUR, NEIGHBOUR6, option(type, nothing)), MALFORMED);
            expect(EGRESS, tell(INSIDE6, NODES, OVERRIDE, INSIDE6, option(type, nothing)), MALFORMED);
        }
        expect(EGRESS, askRouters("::", NONCE), MALFORMED);
        expect(EGRESS, ask(INSIDE6, GROUP_OF_NEIGHBOUR, NEIGHBOUR6, NONCE), MALFORMED);
    }

    @Test
    void optionsHaveTheirSizeAndNumber() {
        expect(EGRESS, ask(INSIDE6, GROUP_OF_NEIGHBOUR, NEIGHBOUR6, SOURCE_MAC, SOURCE_MAC), "pass");
        expect(EGRESS, ask(INSIDE6, GROUP_OF_NEIGHBOUR, NEIGHBOUR6, SOURCE_MAC, SOURCE_MAC, SOURCE_MAC), MALFORMED);
        expect(EGRESS, ask(INSIDE6, GROUP_OF_NEIGHBOUR, NEIGHBOUR6, cut(SOURCE_MAC, 4)), MALFORMED);
        expect(EGRESS, ask(INSIDE6, GROUP_OF_NEIGHBOUR, NEIGHBOUR6, with(SOURCE_MAC, 1, 0)), MALFORMED);
        byte[] two = cut(with(SOURCE_MAC, 1, 2), 16);
        expect(EGRESS, ask(INSIDE6, GROUP_OF_NEIGHBOUR, NEIGHBOUR6, two), MALFORMED);
    }

    @Test
    void messageThatIsCutShortIsMalformed() {
        for (int length = 0; length < 16; length++) {
            byte[] target = Arrays.copyOf(v6(NEIGHBOUR6), length);
            expect(EGRESS, discovery(INSIDE6, NEIGHBOUR6, SOLICITATION, 0, target), MALFORMED);
            expect(EGRESS, discovery(INSIDE6, NODES, ADVERTISEMENT, 0, target), MALFORMED);
        }
        expect(EGRESS, ip(LINK_LOCAL, ROUTERS, 58, new byte[] {(byte) ROUTER_SOLICITATION, 0, 0, 0}), MALFORMED);
    }

    @Test
    void reservedBitsAndCodesCarryNothing() {
        for (byte[] good : new byte[][] {
            askRouters(LINK_LOCAL), ask(INSIDE6, NEIGHBOUR6, NEIGHBOUR6), tell(INSIDE6, NODES, 0, INSIDE6)
        }) {
            expect(EGRESS, good, "pass");
            expect(EGRESS, with(good, CODE, 1), MALFORMED);
            for (int at = CODE + 3; at < CODE + 7; at++) {
                expect(EGRESS, with(good, at, 1), MALFORMED);
            }
            expect(INGRESS, with(good, CODE + 6, 1), "pass");
        }
        expect(EGRESS, tell(INSIDE6, NODES, OVERRIDE >>> 1, INSIDE6), MALFORMED);
        expect(EGRESS, discovery(LINK_LOCAL, ROUTERS, ROUTER_SOLICITATION, OVERRIDE, new byte[0]), MALFORMED);
    }

    @Test
    void nothingStandsBeforeOrBehindWhatLeaves() {
        byte[] good = tell(INSIDE6, NODES, OVERRIDE, INSIDE6, TARGET_MAC);
        byte[] longer = cut(good, good.length + 1);
        byte[] message = Arrays.copyOfRange(good, Packet.ETHERNET + 40, good.length);
        byte[] behind = ip(INSIDE6, NODES, 60, extension(58, message));
        expect(EGRESS, good, "pass");
        expect(EGRESS, longer, MALFORMED);
        expect(EGRESS, behind, MALFORMED);
        expect(INGRESS, longer, "pass");
        expect(INGRESS, behind, "pass");
        judge.guard(LOOPBACK, 0);
        expect(EGRESS, longer, "pass");
        expect(EGRESS, behind, "pass");
    }

    @Test
    void routerAdvertisementEntersAndDoesNotLeave() {
        expect(INGRESS, discovery("fe80::9", NODES, ROUTER_ADVERTISEMENT), "pass");
        expect(EGRESS, discovery(LINK_LOCAL, NODES, ROUTER_ADVERTISEMENT), SPOOF);
        expect(EGRESS, discovery(LINK_LOCAL, NEIGHBOUR6, ROUTER_ADVERTISEMENT), SPOOF);
        byte[] message = icmp(ROUTER_ADVERTISEMENT, 0, 0, new byte[8]);
        expect(EGRESS, ip(LINK_LOCAL, NODES, 60, extension(58, message)), SPOOF);
        expect(EGRESS, ip(LINK_LOCAL, NODES, 44, fragment(58, 0, true, 1, message)), MALFORMED);
        judge.guard(LOOPBACK, 0);
        expect(EGRESS, discovery(LINK_LOCAL, NODES, ROUTER_ADVERTISEMENT), SPOOF);
    }

    @ParameterizedTest
    @ValueSource(ints = {132, REDIRECT, 143})
    void itsNeighboursByNumberAreJudgedByRules(int type) {
        judge.policies(NOTHING);
        expect(EGRESS, discovery(LINK_LOCAL, "ff02::16", type), "deny by closed/egress/default");
        expect(INGRESS, discovery("fe80::9", "ff02::16", type), "deny by closed/ingress/default");
        expect(EGRESS, discovery("fe80::9", "ff02::16", type), SPOOF); // such as a redirect in the router's name
    }

    /// RFC 4861 wants a receiver to discard it, but a router in between would carry it anywhere.
    @ParameterizedTest
    @ValueSource(ints = {ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT, SOLICITATION, ADVERTISEMENT})
    void whatOnlyLooksLikeDiscoveryIsJudgedByRules(int type) {
        judge.policies(NOTHING);
        for (int hopLimit : new int[] {0, 64, 254}) {
            byte[] routed = with(discovery(LINK_LOCAL, "fe80::1", type), IPV6_HOP_LIMIT, hopLimit);
            expect(INGRESS, routed, "deny by closed/ingress/default");
            expect(EGRESS, routed, type == ROUTER_ADVERTISEMENT ? SPOOF : "deny by closed/egress/default");
        }
        expect(INGRESS, ip(OUTSIDE, INSIDE, 58, icmp(type, 0, 0, new byte[16])), "deny by closed/ingress/default");
        byte[] forged = with(discovery(STRANGER6, "fe80::1", type), IPV6_HOP_LIMIT, 64);
        expect(EGRESS, forged, SPOOF);
    }

    /// RFC 6980: it is not sent in fragments, also not in one that is the whole, and who gets it so must not look.
    @ParameterizedTest
    @ValueSource(ints = {ROUTER_SOLICITATION, SOLICITATION, ADVERTISEMENT})
    void fragmentOfItIsMalformed(int type) {
        byte[] message = icmp(type, 0, 0, new byte[24]);
        for (boolean more : new boolean[] {true, false}) {
            byte[] frame = ip(INSIDE6, NODES, 44, fragment(58, 0, more, 1, message));
            expect(EGRESS, frame, MALFORMED);
            expect(INGRESS, frame, MALFORMED);
            judge.guard(LOOPBACK, 0);
            expect(EGRESS, frame, MALFORMED);
            expect(EGRESS, with(frame, IPV6_HOP_LIMIT, 64), OUT); // that is no discovery, so rules judge it
            judge.guard(LOOPBACK, Packet.mac(SENDER));
        }
        expect(INGRESS, ip(INSIDE6, NODES, 44, fragment(58, 32, false, 2, new byte[8])), "drop fragment");
    }
}
