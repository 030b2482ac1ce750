// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.policy.Service;
import dev.weir.yaml.Words;
import java.util.List;
import java.util.Map;

/// Reads one service as policies write it: `any`, `tcp`, `tcp/80`, `udp/8000-8099`, `tcp/https`, `icmp/echo-request`,
/// `icmp/3/4`, `proto/47`.
final class ServiceReader {
    private static final List<String> PROTOCOLS = List.of("any", "icmp", "icmpv6", "proto", "sctp", "tcp", "udp");
    private static final String EXPECTED = ", expected any, tcp, udp, sctp, icmp, icmpv6, `tcp/80`, `udp/8000-8099`,"
            + " `icmp/echo-request` or `proto/47`";

    private ServiceReader() {}

    static Service read(String text) throws BadValue {
        int slash = text.indexOf('/');
        String protocol = slash < 0 ? text : text.substring(0, slash);
        String detail = text.substring(slash + 1);
        boolean whole = slash < 0;
        return switch (protocol) {
            case "any" -> {
                if (!whole) {
                    throw new BadValue("`any` has no ports, expected `any` or a protocol such as `tcp`");
                }
                yield Service.ANY;
            }
            case "tcp" -> whole ? Service.ofProtocol(Service.TCP) : ports(Service.TCP, protocol, detail);
            case "udp" -> whole ? Service.ofProtocol(Service.UDP) : ports(Service.UDP, protocol, detail);
            case "sctp" -> whole ? Service.ofProtocol(Service.SCTP) : ports(Service.SCTP, protocol, detail);
            case "icmp" -> whole ? Service.ofProtocol(Service.ICMP) : icmp(Service.ICMP, IcmpTypes.V4, detail);
            case "icmpv6" -> whole ? Service.ofProtocol(Service.ICMPV6) : icmp(Service.ICMPV6, IcmpTypes.V6, detail);
            case "proto" -> {
                if (whole) {
                    throw new BadValue("`proto` lacks its number, expected for example `proto/47`");
                }
                yield Service.ofProtocol(Numbers.read(detail, Service.MAX_PROTOCOL, "a protocol"));
            }
            default -> throw new BadValue("`" + Words.shortened(text) + "` is no service" + hint(text, protocol));
        };
    }

    private static String hint(String text, String protocol) {
        String named = ServiceNames.suggestion(text);
        String hint = named.isEmpty() ? Words.suggestion(protocol, PROTOCOLS) : named;
        return hint.isEmpty() ? EXPECTED : hint;
    }

    private static Service ports(int protocol, String name, String detail) throws BadValue {
        if (!startsWithDigit(detail)) {
            int port = ServiceNames.port(detail, name);
            return new Service(protocol, port, port);
        }
        int dash = detail.indexOf('-');
        int first = Numbers.read(dash < 0 ? detail : detail.substring(0, dash), Service.MAX_PORT, "a port");
        int last = dash < 0 ? first : Numbers.read(detail.substring(dash + 1), Service.MAX_PORT, "a port");
        if (first > last) {
            throw new BadValue(
                    "the range " + first + "-" + last + " ends before it begins, expected " + last + "-" + first);
        }
        return new Service(protocol, first, last);
    }

    private static Service icmp(int protocol, Map<String, Integer> names, String detail) throws BadValue {
        int slash = detail.indexOf('/');
        String typeText = slash < 0 ? detail : detail.substring(0, slash);
        Integer named = names.get(typeText);
        if (named == null && !startsWithDigit(typeText)) {
            String hint = Words.suggestion(typeText, names.keySet());
            throw new BadValue("no ICMP type is called `" + Words.shortened(typeText) + "`"
                    + (hint.isEmpty() ? ", expected a name such as echo-request or a number from 0 to 255" : hint));
        }
        int type = named != null ? named : Numbers.read(typeText, 255, "an ICMP type");
        return slash < 0
                ? Service.ofIcmpType(protocol, type)
                : Service.ofIcmpCode(protocol, type, Numbers.read(detail.substring(slash + 1), 255, "an ICMP code"));
    }

    private static boolean startsWithDigit(String text) {
        return !text.isEmpty() && text.charAt(0) >= '0' && text.charAt(0) <= '9';
    }
}
