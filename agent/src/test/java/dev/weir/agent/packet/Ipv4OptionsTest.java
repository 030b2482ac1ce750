// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.ipv4Options;
import static dev.weir.agent.packet.Packet.udp;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// IPv4 options are walked: a source route or a length that lies drops the packet.
class Ipv4OptionsTest extends PacketTable {
    private static final int TIMESTAMP = 68;
    private static final int ROUTER_ALERT = 148;
    private static final String ALLOW = "allow by web/ingress/http";

    private static byte[] packet(int... options) {
        byte[] bytes = new byte[(options.length + 3) / 4 * 4];
        for (int i = 0; i < options.length; i++) {
            bytes[i] = (byte) options[i];
        }
        return ethernet(0x0800, ipv4Options(OUTSIDE, INSIDE, 17, bytes, udp(40000, 80, new byte[18])));
    }

    @Test
    void harmlessOptionsPass() {
        expect(INGRESS, packet(0, 0, 0, 0), ALLOW);
        expect(INGRESS, packet(1, 1, 1, 1), ALLOW);
        expect(INGRESS, packet(ROUTER_ALERT, 4, 0, 0), ALLOW);
        expect(INGRESS, packet(1, 1, TIMESTAMP, 4, 5, 0), ALLOW);
        int[] longest = new int[40];
        longest[0] = TIMESTAMP;
        longest[1] = 40;
        expect(INGRESS, packet(longest), ALLOW);
        int[] noOperation = new int[40];
        Arrays.fill(noOperation, 1);
        expect(INGRESS, packet(noOperation), ALLOW);
    }

    @Test
    void portsAreFoundBehindThem() {
        byte[] options = {1, 1, 1, 0};
        byte[] other = ipv4Options(OUTSIDE, INSIDE, 17, options, udp(40000, 81, new byte[18]));
        expect(INGRESS, ethernet(0x0800, other), "deny by web/ingress/default");
    }

    @ParameterizedTest
    @ValueSource(ints = {131, 137})
    void sourceRoutesAreMalformedWhereverTheyStand(int option) {
        expect(INGRESS, packet(option, 7, 4, 192, 0, 2, 9), "drop malformed");
        expect(INGRESS, packet(1, option, 3, 4), "drop malformed");
        expect(INGRESS, packet(ROUTER_ALERT, 4, 0, 0, option, 3, 4), "drop malformed");
        int[] last = new int[40];
        Arrays.fill(last, 1);
        last[39] = option;
        expect(INGRESS, packet(last), "drop malformed");
    }

    @ParameterizedTest
    @ValueSource(ints = {131, 137})
    void whatStandsBehindTheEndOrInsideAnotherOptionIsNone(int option) {
        expect(INGRESS, packet(0, option, 3, 4), ALLOW);
        expect(INGRESS, packet(ROUTER_ALERT, 4, option, 3), ALLOW);
        expect(INGRESS, packet(option - 1, 3, 4, 0), ALLOW);
        expect(INGRESS, packet(option + 1, 3, 4, 0), ALLOW);
    }

    @Test
    void lengthsThatLieAreMalformed() {
        expect(INGRESS, packet(TIMESTAMP, 0, 0, 0), "drop malformed");
        expect(INGRESS, packet(TIMESTAMP, 1, 0, 0), "drop malformed");
        expect(INGRESS, packet(TIMESTAMP, 2, 0, 0), ALLOW);
        expect(INGRESS, packet(TIMESTAMP, 4, 0, 0), ALLOW);
        expect(INGRESS, packet(TIMESTAMP, 5, 0, 0), "drop malformed");
        expect(INGRESS, packet(TIMESTAMP, 255, 0, 0), "drop malformed");
        expect(INGRESS, packet(1, 1, 1, TIMESTAMP), "drop malformed"); // no room for its length
        int[] last = new int[40];
        Arrays.fill(last, 1);
        last[39] = TIMESTAMP;
        expect(INGRESS, packet(last), "drop malformed");
        last[38] = TIMESTAMP;
        last[39] = 2;
        expect(INGRESS, packet(last), ALLOW);
    }
}
