// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.abi.IpAddress;
import dev.weir.bpf.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The rules of nftables, as far as they rewrite sources. A rule is a list of expressions that load into registers and
/// compare with them (`net/netfilter/nf_tables_api.c`, `linux/netfilter/nf_tables.h`).
final class Nftables {
    private static final int NEWRULE = 10 << 8 | 6; // NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWRULE
    private static final int GETRULE = 10 << 8 | 7;
    private static final int NFGENMSG_BYTES = 4;
    private static final int NFPROTO_INET = 1;
    private static final int NFPROTO_IPV4 = 2;
    private static final int NFTA_RULE_EXPRESSIONS = 4;
    private static final int NFTA_EXPR_NAME = 1;
    private static final int NFTA_EXPR_DATA = 2;
    private static final int NFTA_TARGET_NAME = 1;
    private static final int NFTA_NAT_TYPE = 1;
    private static final int NFT_NAT_SNAT = 0;

    private Nftables() {}

    static List<SourceNat> sourceNat() {
        try (NetlinkSocket socket = NetlinkSocket.openNetfilter()) {
            NetlinkRequest request = new NetlinkRequest(GETRULE, Netlink.NLM_F_DUMP, NFGENMSG_BYTES);
            return new NetlinkClient(socket)
                    .dump("list the rules of nftables", request, NEWRULE, Nftables::rule).stream()
                            .flatMap(Optional::stream)
                            .toList();
        } catch (NetException e) {
            if (e.errno() == Errno.EINVAL
                    || e.errno() == Errno.EOPNOTSUPP
                    || e.errno() == NetException.EPROTONOSUPPORT) {
                return List.of(); // a kernel without nftables
            }
            throw e;
        }
    }

    /// The payload of NFT_MSG_NEWRULE; empty where it rewrites no sources of IPv4.
    ///
    /// @throws NetException if it is malformed
    static Optional<SourceNat> rule(ByteBuffer payload) {
        NetlinkAttributes attributes = new NetlinkAttributes(payload, NFGENMSG_BYTES);
        int family = payload.get(0);
        Reading reading = new Reading();
        while (attributes.next()) {
            if (attributes.type() == NFTA_RULE_EXPRESSIONS) {
                NetlinkAttributes expressions = attributes.nested();
                while (expressions.next()) {
                    reading.take(expressions.nested());
                }
            }
        }
        return (family == NFPROTO_INET || family == NFPROTO_IPV4) && reading.rewrites && !reading.ofIpv6
                ? Optional.of(new SourceNat(reading.source, reading.device))
                : Optional.empty();
    }

    /// What is known of a rule while its expressions are read, one after the other.
    private static final class Reading {
        // of a payload
        private static final int BASE = 2;
        private static final int OFFSET = 3;
        private static final int NETWORK_HEADER = 1;
        private static final int SOURCE_OF_IPV4 = 12;
        private static final int V4_BYTES = 4;
        // of a meta
        private static final int KEY = 2;
        private static final int OIFNAME = 7;
        private static final int NFPROTO = 15;
        // of a bitwise
        private static final int MASK = 4;
        // of a cmp
        private static final int OPERATION = 2;
        private static final int DATA = 3;
        private static final int EQUAL = 0;
        private static final int UNEQUAL = 1;
        private static final int NFTA_DATA_VALUE = 1;

        private enum Loaded {
            SOURCE,
            DEVICE,
            FAMILY,
            OTHER
        }

        private SourceNat.Match<SourceNat.Network> source = SourceNat.ANY_SOURCE;
        private SourceNat.Match<String> device = SourceNat.ANY_DEVICE;
        private boolean rewrites;
        private boolean ofIpv6;
        private Loaded loaded = Loaded.OTHER;
        private byte @Nullable [] mask;

        /// One expression: its name, then what it is about.
        void take(NetlinkAttributes expression) {
            String name = "";
            while (expression.next()) {
                if (expression.type() == NFTA_EXPR_NAME) {
                    name = expression.text();
                } else if (expression.type() == NFTA_EXPR_DATA) {
                    take(name, values(expression.nested()));
                }
            }
            rewrites |= name.equals("masq"); // which may have no data at all
        }

        private static Map<Integer, byte[]> values(NetlinkAttributes attributes) {
            Map<Integer, byte[]> values = new HashMap<>();
            while (attributes.next()) {
                values.put(attributes.type(), attributes.bytes());
            }
            return values;
        }

        private void take(String name, Map<Integer, byte[]> values) {
            switch (name) {
                case "payload" -> {
                    boolean source = number(values, BASE) == NETWORK_HEADER && number(values, OFFSET) == SOURCE_OF_IPV4;
                    load(source ? Loaded.SOURCE : Loaded.OTHER);
                }
                case "meta" ->
                    load(
                            switch (number(values, KEY)) {
                                case OIFNAME -> Loaded.DEVICE;
                                case NFPROTO -> Loaded.FAMILY;
                                default -> Loaded.OTHER;
                            });
                case "bitwise" -> mask = data(values, MASK);
                case "cmp" -> compare(number(values, OPERATION), data(values, DATA));
                case "nat" -> rewrites |= number(values, NFTA_NAT_TYPE) == NFT_NAT_SNAT;
                case "target" -> {
                    String target = text(values.getOrDefault(NFTA_TARGET_NAME, new byte[0]));
                    rewrites |= target.equals("MASQUERADE") || target.equals("SNAT");
                }
                default -> {}
            }
        }

        private void load(Loaded what) {
            loaded = what;
            mask = null;
        }

        private void compare(int operation, byte[] data) {
            if (operation == EQUAL || operation == UNEQUAL) {
                if (loaded == Loaded.SOURCE && data.length <= V4_BYTES) {
                    source = new SourceNat.Match<>(network(data), operation == UNEQUAL);
                } else if (loaded == Loaded.FAMILY) { // which nft asks for in the family inet, before an address
                    ofIpv6 = data.length > 0 && data[0] == Netlink.AF_INET6 && operation == EQUAL;
                } else if (loaded == Loaded.DEVICE) {
                    boolean whole = data.length > 0 && data[data.length - 1] == 0;
                    device = new SourceNat.Match<>(text(data) + (whole ? "" : "*"), operation == UNEQUAL);
                }
            }
            load(Loaded.OTHER);
        }

        /// A prefix that ends between two bytes is compared behind a mask, any other as so many bytes.
        private SourceNat.Network network(byte[] data) {
            int address = 0;
            int length = 0;
            for (int i = 0; i < V4_BYTES; i++) {
                address = address << Byte.SIZE | (i < data.length ? Byte.toUnsignedInt(data[i]) : 0);
                int bits =
                        i >= data.length ? 0 : mask == null ? 0xff : i < mask.length ? Byte.toUnsignedInt(mask[i]) : 0;
                length += Integer.bitCount(bits);
            }
            return new SourceNat.Network(IpAddress.ofV4(address), length);
        }

        private static String text(byte[] bytes) {
            int length = 0;
            while (length < bytes.length && bytes[length] != 0) {
                length++;
            }
            return new String(bytes, 0, length, StandardCharsets.UTF_8);
        }

        /// -1 where there is none.
        private static int number(Map<Integer, byte[]> values, int attribute) {
            byte[] value = values.getOrDefault(attribute, new byte[0]);
            return value.length < Integer.BYTES ? -1 : ByteBuffer.wrap(value).getInt();
        }

        private static byte[] data(Map<Integer, byte[]> values, int attribute) {
            NetlinkAttributes nested = new NetlinkAttributes(
                    ByteBuffer.wrap(values.getOrDefault(attribute, new byte[0])).order(ByteOrder.nativeOrder()), 0);
            byte[] data = new byte[0];
            while (nested.next()) {
                if (nested.type() == NFTA_DATA_VALUE) {
                    data = nested.bytes();
                }
            }
            return data;
        }
    }
}
