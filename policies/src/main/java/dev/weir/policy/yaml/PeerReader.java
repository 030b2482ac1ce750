// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.abi.IpAddress;
import dev.weir.policy.Cidr;
import dev.weir.policy.Peer;
import dev.weir.yaml.Words;
import java.util.List;
import java.util.function.Supplier;

/// Reads one peer as policies write it: `any`, `192.0.2.1`, `2001:db8::/32`, `namespace:tenant-*`,
/// `label:tier=web`, `host`, `set:office`.
final class PeerReader {
    private static final String NAMESPACE = "namespace:";
    private static final String LABEL = "label:";
    private static final String SET = "set:";

    private PeerReader() {}

    static Peer read(String text, SetsReader sets) throws BadValue {
        if (text.equals("any")) {
            return new Peer.Any();
        }
        if (text.equals("host")) {
            return new Peer.Host();
        }
        if (text.startsWith(NAMESPACE)) {
            return new Peer.NamespaceSelector(Names.glob(text.substring(NAMESPACE.length()), "the namespace"));
        }
        if (text.startsWith(LABEL)) {
            return label(text.substring(LABEL.length()));
        }
        if (text.startsWith(SET)) {
            return new Peer.InSet(sets.find(text.substring(SET.length())));
        }
        return prefix(text, "peer", () -> hint(text));
    }

    /// An address or a prefix, as in a set.
    static Cidr prefix(String text) throws BadValue {
        return prefix(text, "address", () -> ", expected one, or a prefix such as 192.0.2.0/24");
    }

    private static Peer label(String label) throws BadValue {
        int equals = label.indexOf('=');
        if (equals < 0) {
            throw new BadValue(
                    "the label `" + Words.shortened(label) + "` lacks its value, expected `label:KEY=VALUE`");
        }
        return new Peer.LabelSelector(
                Names.name(label.substring(0, equals), "the key of the label"),
                Names.name(label.substring(equals + 1), "the value of the label"));
    }

    /// @param what the text should be
    /// @param hint what ends the message if the text is nothing like an address
    private static Cidr prefix(String text, String what, Supplier<String> hint) throws BadValue {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        IpAddress parsed;
        try {
            parsed = IpAddress.parse(address);
        } catch (IllegalArgumentException e) {
            throw new BadValue(
                    isMeantAsAddress(address)
                            ? String.valueOf(e.getMessage())
                            : "`" + Words.shortened(text) + "` is no " + what + hint.get());
        }
        return slash < 0 ? Cidr.of(parsed) : cidr(text, parsed, text.substring(slash + 1));
    }

    private static String hint(String text) {
        String expected = ", expected any, host, an address, a prefix such as 192.0.2.0/24, namespace:NAME,"
                + " label:KEY=VALUE or set:NAME";
        int colon = text.indexOf(':');
        String near = colon < 0
                ? Words.suggestion(text, List.of("any", "host"))
                : Words.suggestion(text.substring(0, colon + 1), List.of(NAMESPACE, LABEL, SET));
        return near.isEmpty() ? expected : near;
    }

    private static boolean isMeantAsAddress(String text) {
        return text.matches("[0-9a-fA-F:.]*[:.][0-9a-fA-F:.]*");
    }

    private static Cidr cidr(String text, IpAddress address, String lengthText) throws BadValue {
        if (address.isV4() && text.indexOf(':') >= 0) {
            throw new BadValue("`" + Words.shortened(text) + "` is an IPv4 prefix in IPv6 form, expected the form "
                    + address + "/24");
        }
        String what = "the length of an " + (address.isV4() ? "IPv4" : "IPv6") + " prefix";
        Cidr right = Cidr.around(address, Numbers.read(lengthText, Cidr.bits(address), what));
        if (!right.network().equals(address)) {
            throw new BadValue("`" + text + "` has bits set beyond its prefix, expected `" + right + "`, or `" + address
                    + "` for the one address");
        }
        return right;
    }
}
