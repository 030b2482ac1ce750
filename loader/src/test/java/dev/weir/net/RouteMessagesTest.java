// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import static dev.weir.net.Messages.attribute;
import static dev.weir.net.Messages.bytes;
import static dev.weir.net.Messages.message;
import static dev.weir.net.Messages.number;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class RouteMessagesTest {
    private static final byte[] VETH = Messages.veth(2, 1);
    private static final byte[] LOCAL = bytes(192, 0, 2, 1);
    private static final byte[] OTHER = bytes(192, 0, 2, 2);

    @Example
    void deviceIsReadWithAllThatIsKnownOfIt() {
        assertEquals(
                new NetDevice(
                        7,
                        "veth7",
                        1,
                        "veth",
                        "02:00:5e:ff:00:01",
                        true,
                        9,
                        3,
                        5,
                        42,
                        new LinkStatistics(1, 2, 3, 4, 5, 6)),
                RouteMessages.device(only(VETH)));
    }

    @Example
    void deviceOfWhichNothingIsSaidHasNoPeer() {
        assertEquals(
                new NetDevice(0, "", 0, "", "", false, 0, -1, 0, 0, LinkStatistics.NONE),
                RouteMessages.device(only(message(16, 2, 1, new byte[16]))));
    }

    @Example
    void ownAddressIsPreferredToThatOfTheOtherEnd() {
        byte[] both = Messages.address(2, 32, attribute(1, OTHER), attribute(2, LOCAL));
        assertEquals(
                Optional.of(new InterfaceAddress(7, IpAddress.parse("192.0.2.1"), 32, 253)),
                RouteMessages.address(only(both)));
        byte[] one = Messages.address(2, 24, attribute(1, OTHER));
        assertEquals(
                Optional.of(new InterfaceAddress(7, IpAddress.parse("192.0.2.2"), 24, 253)),
                RouteMessages.address(only(one)));
    }

    @Example
    void mappedIpv6AddressIsNotTakenForIpv4() {
        byte[] mapped = IpAddress.parse("192.0.2.1").toBytes();
        assertEquals(Optional.empty(), RouteMessages.address(only(Messages.address(10, 128, attribute(1, mapped)))));
        byte[] plain = IpAddress.parse("2001:db8::1").toBytes();
        assertEquals(
                Optional.of(new InterfaceAddress(7, IpAddress.parse("2001:db8::1"), 64, 253)),
                RouteMessages.address(only(Messages.address(10, 64, attribute(1, plain)))));
    }

    @Example
    void addressOfAnotherFamilyIsPassedOver() {
        assertEquals(Optional.empty(), RouteMessages.address(only(Messages.address(45, 8, attribute(1, bytes(8))))));
    }

    @Example
    void routeIsItsDeviceAndTheGatewayBetween() {
        byte[] device = attribute(4, number(7));
        Route direct = new Route(7, Optional.empty());
        assertTrue(direct.direct());
        assertEquals(Optional.of(direct), RouteMessages.route(only(Messages.route(1, device))));
        Route behind = new Route(7, Optional.of(IpAddress.parse("192.0.2.2")));
        assertFalse(behind.direct());
        assertEquals(Optional.of(behind), RouteMessages.route(only(Messages.route(1, attribute(5, OTHER), device))));
        IpAddress other = IpAddress.parse("2001:db8::2");
        byte[] family = Arrays.copyOf(number(10), 2);
        assertEquals(
                Optional.of(new Route(7, Optional.of(other))),
                RouteMessages.route(only(Messages.route(1, device, attribute(18, family, other.toBytes())))));
        for (int length : new int[] {0, 1, 2, 3, 17}) {
            assertThrows(
                    NetException.class,
                    () -> RouteMessages.route(only(Messages.route(1, device, attribute(18, new byte[length])))));
        }
    }

    @Example
    void routeThatSendsNowhereIsNone() {
        byte[] device = attribute(4, number(7));
        for (int type : new int[] {0, 2, 3, 6, 7, 8}) {
            assertEquals(Optional.empty(), RouteMessages.route(only(Messages.route(type, device))));
        }
        assertEquals(Optional.empty(), RouteMessages.route(only(Messages.route(1))));
        assertThrows(NetException.class, () -> RouteMessages.route(only(message(24, 0, 1, new byte[11]))));
    }

    @Example
    void prefixLongerThanTheAddressIsRefused() {
        RouteMessages.address(only(Messages.address(2, 32, attribute(2, LOCAL))));
        assertThrows(
                NetException.class, () -> RouteMessages.address(only(Messages.address(2, 33, attribute(2, LOCAL)))));
    }

    @Example
    void addressOfTheWrongLengthIsRefused() {
        for (int length : new int[] {0, 3, 5, 16}) {
            byte[] value = new byte[length];
            assertThrows(
                    NetException.class,
                    () -> RouteMessages.address(only(Messages.address(2, 24, attribute(2, value)))));
        }
    }

    @Example
    void namespaceWithoutIdHasMinusOne() {
        assertEquals(-1, RouteMessages.nsid(only(message(88, 0, 1, new byte[4]))));
        assertEquals(12, RouteMessages.nsid(only(message(88, 0, 1, new byte[4], attribute(1, number(12))))));
    }

    @Example
    void cutMessageIsRefusedAtEveryLength() {
        for (int length = 1; length < VETH.length; length++) {
            byte[] cut = Arrays.copyOf(VETH, length);
            assertThrows(NetException.class, new NetlinkMessages(cut, length)::next, "cut at " + length);
        }
    }

    @Example
    void attributeThatReachesBeyondItsMessageIsRefused() {
        byte[] lying = VETH.clone();
        lying[32] = (byte) 0xff; // the length of the first attribute
        assertThrows(NetException.class, () -> RouteMessages.device(only(lying)));
        lying[32] = 3; // less than its own header: a reader that adds it up never ends
        assertThrows(NetException.class, () -> RouteMessages.device(only(lying)));
    }

    @Property
    void damageIsReadOrRefusedAndNeverReadPastTheEnd(
            @ForAll @Size(min = 1, max = 8) int[] places,
            @ForAll byte[] values,
            @ForAll @IntRange(max = 400) int length) {
        byte[] damaged = Messages.join(VETH, Messages.address(2, 24, attribute(2, LOCAL)), Messages.done(2, 1, 0));
        for (int i = 0; i < places.length && i < values.length; i++) {
            damaged[Math.floorMod(places[i], damaged.length)] = values[i];
        }
        int received = Math.min(length, damaged.length);
        byte[] exact = Arrays.copyOf(damaged, received);
        byte[] larger = Arrays.copyOf(exact, received + 100);
        Arrays.fill(larger, received, larger.length, (byte) 0x41);
        assertEquals(readAll(exact, received), readAll(larger, received));
    }

    @Property
    void anyBytesAreReadOrRefused(@ForAll byte[] bytes) {
        String read = readAll(bytes, bytes.length);
        assertFalse(read.isEmpty());
    }

    @Property
    void anyPayloadIsReadOrRefused(@ForAll @Size(max = 200) byte[] payload) {
        byte[] message = message(16, 2, 1, payload);
        assertTrue(readAll(message, message.length).length() > 0);
    }

    /// Decodes every message in every way; what was refused reads as the reason.
    private static String readAll(byte[] datagram, int length) {
        StringBuilder read = new StringBuilder();
        NetlinkMessages messages = new NetlinkMessages(datagram, length);
        try {
            while (messages.next()) {
                read.append(messages.type()).append(messages.flags()).append(messages.sequence());
                read.append(outcome(() -> RouteMessages.device(messages.payload())));
                read.append(outcome(() -> RouteMessages.address(messages.payload())));
                read.append(outcome(() -> RouteMessages.route(messages.payload())));
                read.append(outcome(() -> RouteMessages.entry(messages.payload())));
                read.append(outcome(() -> RouteMessages.rule(messages.payload())));
                read.append(outcome(() -> RouteMessages.nsid(messages.payload())));
                read.append(outcome(messages::error));
            }
        } catch (NetException e) {
            read.append(e.getMessage());
        }
        return read.append('.').toString();
    }

    private static String outcome(Supplier<Object> decoder) {
        try {
            return decoder.get().toString();
        } catch (NetException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static ByteBuffer only(byte[] message) {
        NetlinkMessages messages = new NetlinkMessages(message, message.length);
        assertTrue(messages.next());
        ByteBuffer payload = messages.payload();
        assertFalse(messages.next());
        return payload;
    }
}
