// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.abi.IpAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the messages of rtnetlink(7) into values. Attributes that are not asked for are passed over; those that
/// are must be whole.
final class RouteMessages {
    private static final HexFormat MAC = HexFormat.ofDelimiter(":");
    private static final int MAX_MAC_BYTES = 32; // MAX_ADDR_LEN of linux/netdevice.h
    private static final int V4_BYTES = 4;

    // struct rtnl_link_stats64 of linux/if_link.h
    private static final int RX_PACKETS = 0;
    private static final int TX_PACKETS = 8;
    private static final int RX_BYTES = 16;
    private static final int TX_BYTES = 24;
    private static final int RX_DROPPED = 48;
    private static final int TX_DROPPED = 56;
    private static final int STATISTICS_BYTES = 64; // as far as is read

    private RouteMessages() {}

    /// The payload of RTM_NEWLINK.
    ///
    /// @throws NetException if it is malformed
    static NetDevice device(ByteBuffer payload) {
        NetlinkAttributes attributes = new NetlinkAttributes(payload, Netlink.IFINFOMSG_BYTES);
        String name = "";
        String kind = "";
        String mac = "";
        int peerIfindex = 0;
        int peerNsid = Netlink.NSID_NOT_ASSIGNED;
        int masterIfindex = 0;
        int xdpProgram = 0;
        LinkStatistics statistics = LinkStatistics.NONE;
        while (attributes.next()) {
            switch (attributes.type()) {
                case Netlink.IFLA_IFNAME -> name = attributes.text();
                case Netlink.IFLA_ADDRESS -> mac = mac(attributes.bytes());
                case Netlink.IFLA_LINK -> peerIfindex = attributes.number();
                case Netlink.IFLA_LINK_NETNSID -> peerNsid = attributes.number();
                case Netlink.IFLA_MASTER -> masterIfindex = attributes.number();
                case Netlink.IFLA_LINKINFO -> kind = kind(attributes.nested());
                case Netlink.IFLA_XDP -> xdpProgram = xdpProgram(attributes.nested());
                case Netlink.IFLA_STATS64 -> statistics = statistics(attributes.value(STATISTICS_BYTES));
                default -> {}
            }
        }
        int ifindex = payload.getInt(Netlink.IFINFOMSG_INDEX);
        boolean up = (payload.getInt(Netlink.IFINFOMSG_FLAGS) & Netlink.IFF_UP) != 0;
        int hardware = Short.toUnsignedInt(payload.getShort(Netlink.IFINFOMSG_TYPE));
        return new NetDevice(
                ifindex, name, hardware, kind, mac, up, peerIfindex, peerNsid, masterIfindex, xdpProgram, statistics);
    }

    private static String mac(byte[] bytes) {
        if (bytes.length > MAX_MAC_BYTES) {
            throw NetException.unusable("read a link address", "it has " + bytes.length + " bytes; 32 are possible");
        }
        return MAC.formatHex(bytes);
    }

    private static String kind(NetlinkAttributes information) {
        String kind = "";
        while (information.next()) {
            if (information.type() == Netlink.IFLA_INFO_KIND) {
                kind = information.text();
            }
        }
        return kind;
    }

    private static int xdpProgram(NetlinkAttributes information) {
        int program = 0;
        while (information.next()) {
            if (information.type() == Netlink.IFLA_XDP_PROG_ID) {
                program = information.number();
            }
        }
        return program;
    }

    private static LinkStatistics statistics(ByteBuffer value) {
        return new LinkStatistics(
                value.getLong(RX_PACKETS),
                value.getLong(TX_PACKETS),
                value.getLong(RX_BYTES),
                value.getLong(TX_BYTES),
                value.getLong(RX_DROPPED),
                value.getLong(TX_DROPPED));
    }

    /// What one device carried.
    record Carried(int ifindex, LinkStatistics statistics) {}

    /// The payload of RTM_NEWSTATS.
    ///
    /// @throws NetException if it is malformed
    static Carried carried(ByteBuffer payload) {
        NetlinkAttributes attributes = new NetlinkAttributes(payload, Netlink.IF_STATS_MSG_BYTES);
        LinkStatistics statistics = LinkStatistics.NONE;
        while (attributes.next()) {
            if (attributes.type() == Netlink.IFLA_STATS_LINK_64) {
                statistics = statistics(attributes.value(STATISTICS_BYTES));
            }
        }
        return new Carried(payload.getInt(Netlink.IF_STATS_MSG_INDEX), statistics);
    }

    /// The payload of RTM_NEWADDR. IFA_LOCAL is the device's own address; without one IFA_ADDRESS is, which names
    /// the other end of a point-to-point link otherwise.
    ///
    /// Left out are families other than IP, and IPv6 addresses of the mapped form `::ffff:0:0/96`: they would be
    /// taken for the IPv4 address within, and whoever is root in a namespace can set them.
    ///
    /// @throws NetException if it is malformed
    static Optional<InterfaceAddress> address(ByteBuffer payload) {
        NetlinkAttributes attributes = new NetlinkAttributes(payload, Netlink.IFADDRMSG_BYTES);
        int family = Byte.toUnsignedInt(payload.get(0));
        if (family != Netlink.AF_INET && family != Netlink.AF_INET6) {
            return Optional.empty();
        }
        @Nullable IpAddress local = null;
        @Nullable IpAddress other = null;
        while (attributes.next()) {
            switch (attributes.type()) {
                case Netlink.IFA_LOCAL -> local = ip(family, attributes.bytes());
                case Netlink.IFA_ADDRESS -> other = ip(family, attributes.bytes());
                default -> {}
            }
        }
        int prefixLength = prefixLength(family, payload.get(Netlink.IFADDRMSG_PREFIX_LENGTH));
        int ifindex = payload.getInt(Netlink.IFADDRMSG_INDEX);
        int scope = Byte.toUnsignedInt(payload.get(Netlink.IFADDRMSG_SCOPE));
        return Optional.ofNullable(local != null ? local : other)
                .filter(address -> address.isV4() == (family == Netlink.AF_INET))
                .map(address -> new InterfaceAddress(ifindex, address, prefixLength, scope));
    }

    private static int prefixLength(int family, byte value) {
        int length = Byte.toUnsignedInt(value);
        if (length > (family == Netlink.AF_INET ? 32 : 128)) {
            throw NetException.unusable("read a prefix", "its length is " + length);
        }
        return length;
    }

    private static IpAddress ip(int family, byte[] bytes) {
        int expected = family == Netlink.AF_INET ? V4_BYTES : IpAddress.BYTES;
        if (bytes.length != expected) {
            throw NetException.unusable("read an address", "it has " + bytes.length + " bytes instead of " + expected);
        }
        return family == Netlink.AF_INET ? IpAddress.ofV4(ByteBuffer.wrap(bytes).getInt()) : IpAddress.ofBytes(bytes);
    }

    /// The payload of RTM_NEWROUTE, as an answer to a question about one address.
    ///
    /// @return empty where the address is not sent to: this host's own, broadcast, or unreachable on purpose
    /// @throws NetException if it is malformed
    static Optional<Route> route(ByteBuffer payload) {
        NetlinkAttributes attributes = new NetlinkAttributes(payload, Netlink.RTMSG_BYTES);
        int ifindex = 0;
        @Nullable IpAddress gateway = null;
        while (attributes.next()) {
            switch (attributes.type()) {
                case Netlink.RTA_OIF -> ifindex = attributes.number();
                case Netlink.RTA_GATEWAY -> gateway = ip(payload.get(Netlink.RTMSG_FAMILY), attributes.bytes());
                case Netlink.RTA_VIA -> gateway = via(attributes.value(Netlink.VIA_FAMILY_BYTES));
                default -> {}
            }
        }
        boolean sent = payload.get(Netlink.RTMSG_TYPE) == Netlink.RTN_UNICAST && ifindex != 0;
        return sent ? Optional.of(new Route(ifindex, Optional.ofNullable(gateway))) : Optional.empty();
    }

    /// The payload of RTM_NEWROUTE in a dump of the tables. Of a route with several next hops, only the prefix is read.
    ///
    /// @return empty where it sends nowhere, or is of another family than IP
    /// @throws NetException if it is malformed
    static Optional<RouteEntry> entry(ByteBuffer payload) {
        NetlinkAttributes attributes = new NetlinkAttributes(payload, Netlink.RTMSG_BYTES);
        int family = Byte.toUnsignedInt(payload.get(Netlink.RTMSG_FAMILY));
        if (family != Netlink.AF_INET && family != Netlink.AF_INET6) {
            return Optional.empty();
        }
        int table = Byte.toUnsignedInt(payload.get(Netlink.RTMSG_TABLE));
        int ifindex = 0;
        IpAddress network = family == Netlink.AF_INET ? IpAddress.ofV4(0) : new IpAddress(0, 0);
        while (attributes.next()) {
            switch (attributes.type()) {
                case Netlink.RTA_DST -> network = ip(family, attributes.bytes());
                case Netlink.RTA_OIF -> ifindex = attributes.number();
                case Netlink.RTA_TABLE -> table = attributes.number();
                default -> {}
            }
        }
        int prefixLength = prefixLength(family, payload.get(Netlink.RTMSG_DST_LENGTH));
        boolean sent = payload.get(Netlink.RTMSG_TYPE) == Netlink.RTN_UNICAST;
        return sent && network.isV4() == (family == Netlink.AF_INET)
                ? Optional.of(new RouteEntry(table, network, prefixLength, ifindex))
                : Optional.empty();
    }

    /// The payload of RTM_NEWRULE.
    ///
    /// @throws NetException if it is malformed
    static RoutingRule rule(ByteBuffer payload) {
        NetlinkAttributes attributes = new NetlinkAttributes(payload, Netlink.FIB_RULE_BYTES);
        int table = Byte.toUnsignedInt(payload.get(Netlink.FIB_RULE_TABLE));
        String device = "";
        int mark = 0;
        while (attributes.next()) {
            switch (attributes.type()) {
                case Netlink.FRA_IIFNAME -> device = attributes.text();
                case Netlink.FRA_FWMARK -> mark = attributes.number();
                case Netlink.FRA_TABLE -> table = attributes.number();
                default -> {}
            }
        }
        return new RoutingRule(device, mark, table);
    }

    /// `struct rtvia` of linux/rtnetlink.h: a gateway of another family than the route's.
    private static IpAddress via(ByteBuffer value) {
        byte[] address = new byte[value.limit() - Netlink.VIA_FAMILY_BYTES];
        value.get(Netlink.VIA_FAMILY_BYTES, address);
        return ip(Short.toUnsignedInt(value.getShort(0)), address);
    }

    /// The payload of the answer to RTM_GETNSID.
    ///
    /// @return the id, or -1 where the namespace has none here
    /// @throws NetException if it is malformed
    static int nsid(ByteBuffer payload) {
        NetlinkAttributes attributes = new NetlinkAttributes(payload, Netlink.RTGENMSG_BYTES);
        int nsid = Netlink.NSID_NOT_ASSIGNED;
        while (attributes.next()) {
            if (attributes.type() == Netlink.NETNSA_NSID) {
                nsid = attributes.number();
            }
        }
        return nsid;
    }
}
