// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

/// How a device sends, and what waits before it, as its namespace saw it at the moment of a dump.
///
/// @param mtu bytes of a packet, without its Ethernet header
/// @param length packets that may wait, where the discipline goes by that (`txqueuelen` of ip-link(8))
public record DeviceQueue(int mtu, int length, QueueDiscipline discipline) {}
