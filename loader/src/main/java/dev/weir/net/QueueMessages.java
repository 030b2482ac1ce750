// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import java.nio.ByteBuffer;

/// Reads what rtnetlink(7) tells of the queues of devices.
final class QueueMessages {
    // struct gnet_stats_queue of linux/gen_stats.h
    private static final int QLEN = 0;
    private static final int BACKLOG = 4;
    private static final int DROPS = 8;
    private static final int QUEUE_BYTES = 12; // as far as is read

    private QueueMessages() {}

    /// What RTM_NEWLINK tells of a device.
    record Link(int ifindex, int mtu, int length) {
        /// @throws NetException if it is malformed
        static Link of(ByteBuffer payload) {
            NetlinkAttributes attributes = new NetlinkAttributes(payload, Netlink.IFINFOMSG_BYTES);
            int mtu = 0;
            int length = 0;
            while (attributes.next()) {
                switch (attributes.type()) {
                    case Netlink.IFLA_MTU -> mtu = attributes.number();
                    case Netlink.IFLA_TXQLEN -> length = attributes.number();
                    default -> {}
                }
            }
            return new Link(payload.getInt(Netlink.IFINFOMSG_INDEX), mtu, length);
        }
    }

    /// What RTM_NEWQDISC tells of a queueing discipline.
    ///
    /// @param root whether it is the one that a device sends by
    record Discipline(int ifindex, boolean root, QueueDiscipline told) {
        /// @throws NetException if it is malformed
        static Discipline of(ByteBuffer payload) {
            NetlinkAttributes attributes = new NetlinkAttributes(payload, Netlink.TCMSG_BYTES);
            String kind = "";
            long packets = 0;
            long bytes = 0;
            long drops = 0;
            while (attributes.next()) {
                switch (attributes.type()) {
                    case Netlink.TCA_KIND -> kind = attributes.text();
                    case Netlink.TCA_STATS2 -> {
                        NetlinkAttributes statistics = attributes.nested();
                        while (statistics.next()) {
                            if (statistics.type() == Netlink.TCA_STATS_QUEUE) {
                                ByteBuffer queue = statistics.value(QUEUE_BYTES);
                                packets = Integer.toUnsignedLong(queue.getInt(QLEN));
                                bytes = Integer.toUnsignedLong(queue.getInt(BACKLOG));
                                drops = Integer.toUnsignedLong(queue.getInt(DROPS));
                            }
                        }
                    }
                    default -> {}
                }
            }
            int ifindex = payload.getInt(Netlink.TCMSG_IFINDEX);
            boolean root = payload.getInt(Netlink.TCMSG_PARENT) == Netlink.TC_H_ROOT;
            return new Discipline(ifindex, root, new QueueDiscipline(kind, packets, bytes, drops));
        }
    }
}
