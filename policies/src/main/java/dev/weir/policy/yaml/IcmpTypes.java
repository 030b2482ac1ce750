// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import static java.util.Map.entry;

import java.util.Map;

/// Names of ICMP types, after IANA's registries for both versions of ICMP.
final class IcmpTypes {
    /// ICMP for IPv4 (RFC 792, RFC 1256).
    static final Map<String, Integer> V4 = Map.ofEntries(
            entry("echo-reply", 0),
            entry("destination-unreachable", 3),
            entry("redirect", 5),
            entry("echo-request", 8),
            entry("router-advertisement", 9),
            entry("router-solicitation", 10),
            entry("time-exceeded", 11),
            entry("parameter-problem", 12),
            entry("timestamp-request", 13),
            entry("timestamp-reply", 14));

    /// ICMP for IPv6 (RFC 4443, RFC 2710, RFC 3810, RFC 4861).
    static final Map<String, Integer> V6 = Map.ofEntries(
            entry("destination-unreachable", 1),
            entry("packet-too-big", 2),
            entry("time-exceeded", 3),
            entry("parameter-problem", 4),
            entry("echo-request", 128),
            entry("echo-reply", 129),
            entry("multicast-listener-query", 130),
            entry("multicast-listener-report", 131),
            entry("multicast-listener-done", 132),
            entry("router-solicitation", 133),
            entry("router-advertisement", 134),
            entry("neighbor-solicitation", 135),
            entry("neighbor-advertisement", 136),
            entry("redirect", 137),
            entry("multicast-listener-report-v2", 143));

    private IcmpTypes() {}
}
