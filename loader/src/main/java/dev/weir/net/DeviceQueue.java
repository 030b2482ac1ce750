// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

/// How a device sends, and what waits before it, as its namespace saw it at the moment of a dump.
///
/// @param mtu bytes of a packet, without its Ethernet header
/// @param length packets that may wait, where the discipline goes by that (`txqueuelen` of ip-link(8))
/// @param discipline that its packets wait in, as tc(8) calls it: `noqueue`, `fq_codel`; empty where it has none
/// @param backlogPackets waiting now
/// @param backlogBytes of these
/// @param drops packets that the discipline has dropped since it is there; the counter has 32 bits
public record DeviceQueue(int mtu, int length, String discipline, long backlogPackets, long backlogBytes, long drops) {}
