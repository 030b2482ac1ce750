// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.abi.IpAddress;
import dev.weir.policy.Cidr;
import dev.weir.policy.Glob;
import dev.weir.policy.Peer;
import dev.weir.yaml.Words;
import java.util.List;

/// Reads one peer as policies write it: `any`, `192.0.2.1`, `2001:db8::/32`, `namespace:tenant-*`.
final class PeerReader {
    private static final String NAMESPACE = "namespace:";
    private static final List<String> PLANNED = List.of("label:", "set:");

    private PeerReader() {}

    static Peer read(String text) throws BadValue {
        if (text.equals("any")) {
            return new Peer.Any();
        }
        if (text.startsWith(NAMESPACE)) {
            return new Peer.NamespaceSelector(glob(text.substring(NAMESPACE.length())));
        }
        if (text.equals("host")) {
            throw new BadValue("`host` is not supported by this version");
        }
        for (String prefix : PLANNED) {
            if (text.startsWith(prefix)) {
                throw new BadValue("`" + prefix + "` is not supported by this version");
            }
        }
        int slash = text.indexOf('/');
        return slash < 0
                ? Cidr.of(address(text, text))
                : cidr(text, address(text.substring(0, slash), text), text.substring(slash + 1));
    }

    /// A name or a pattern of names.
    static Glob glob(String text) throws BadValue {
        String problem = Names.problem(text).orElse("");
        if (!problem.isEmpty()) {
            throw new BadValue("the namespace `" + Words.shortened(text) + "` cannot be: " + problem);
        }
        return new Glob(text);
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

    private static IpAddress address(String address, String peer) throws BadValue {
        try {
            return IpAddress.parse(address);
        } catch (IllegalArgumentException e) {
            boolean meantAddress = address.matches("[0-9a-fA-F:.]*[:.][0-9a-fA-F:.]*");
            throw new BadValue(
                    meantAddress
                            ? String.valueOf(e.getMessage())
                            : "`" + Words.shortened(peer) + "` is no peer, expected any, an address, a prefix such as"
                                    + " 192.0.2.0/24, or namespace:NAME");
        }
    }
}
