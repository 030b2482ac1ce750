// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

/// A rule by which a namespace chooses a routing table (ip-rule(8)).
///
/// @param device that a packet came in by; empty: it does not matter
/// @param mark that a packet carries; 0: it does not matter
/// @param table that such packets are routed by
public record RoutingRule(String device, int mark, int table) {}
