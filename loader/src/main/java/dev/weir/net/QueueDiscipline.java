// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

/// What packets to be sent by a device wait in, as of the moment of a dump: its root discipline, whose numbers are
/// those of all below it.
///
/// @param kind as tc(8) calls it: `noqueue`, `fq_codel`; empty where there is none, such as for a device that is down
/// @param backlogPackets waiting now
/// @param backlogBytes of these
/// @param drops packets that it has dropped since it is there; the counter has 32 bits
public record QueueDiscipline(String kind, long backlogPackets, long backlogBytes, long drops) {
    public static final QueueDiscipline NONE = new QueueDiscipline("", 0, 0, 0);
}
