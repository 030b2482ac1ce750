// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

/// The numbers of netlink that are used here, each under the kernel header that gives it (`include/uapi/linux/…`).
final class Netlink {
    // netlink.h
    static final int NETLINK_ROUTE = 0;
    static final int NETLINK_NETFILTER = 12;
    static final int NETLINK_ADD_MEMBERSHIP = 1;
    static final int NETLINK_GET_STRICT_CHK = 12;
    static final int NLMSG_HEADER_BYTES = 16;
    static final int NLMSG_NOOP = 1;
    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;
    static final int NLMSG_OVERRUN = 4;
    static final int NLM_F_REQUEST = 0x01;
    static final int NLM_F_ACK = 0x04;
    static final int NLM_F_DUMP_INTR = 0x10;
    static final int NLM_F_DUMP = 0x300;
    static final int NLA_HEADER_BYTES = 4;
    static final int NLA_TYPE_MASK = 0x3fff;
    static final int ALIGNMENT = 4;

    // rtnetlink.h
    static final int RTM_NEWLINK = 16;
    static final int RTM_GETLINK = 18;
    static final int RTM_NEWADDR = 20;
    static final int RTM_GETADDR = 22;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_GETROUTE = 26;
    static final int RTM_NEWRULE = 32;
    static final int RTM_GETRULE = 34;
    static final int RTM_NEWQDISC = 36;
    static final int RTM_GETQDISC = 38;
    static final int RTM_NEWNSID = 88;
    static final int RTM_GETNSID = 90;
    static final int RTM_NEWSTATS = 92;
    static final int RTM_GETSTATS = 94;
    static final int RTGENMSG_BYTES = 4; // one, and its padding
    static final int RTNLGRP_LINK = 1;
    static final int RTNLGRP_IPV4_IFADDR = 5;
    static final int RTNLGRP_IPV4_ROUTE = 7;
    static final int RTNLGRP_IPV6_IFADDR = 9;
    static final int RTNLGRP_IPV6_ROUTE = 11;
    static final int RTEXT_FILTER_SKIP_STATS = 1 << 3; // leaves out the families' long tables, not IFLA_STATS64
    static final int IFINFOMSG_BYTES = 16;
    static final int IFINFOMSG_TYPE = 2;
    static final int IFINFOMSG_INDEX = 4;
    static final int IFINFOMSG_FLAGS = 8;
    static final int RTMSG_BYTES = 12;
    static final int RTMSG_FAMILY = 0;
    static final int RTMSG_DST_LENGTH = 1;
    static final int RTMSG_TABLE = 4;
    static final int RTMSG_TYPE = 7;
    static final int RTN_UNICAST = 1;
    static final int RTA_DST = 1;
    static final int RTA_OIF = 4;
    static final int RTA_GATEWAY = 5;
    static final int RTA_TABLE = 15;
    static final int RTA_VIA = 18;
    static final int VIA_FAMILY_BYTES = 2;

    // fib_rules.h
    static final int FIB_RULE_BYTES = 12;
    static final int FIB_RULE_TABLE = 4;
    static final int FRA_IIFNAME = 3;
    static final int FRA_FWMARK = 10;
    static final int FRA_TABLE = 15;
    static final int TCMSG_BYTES = 20;
    static final int TCMSG_IFINDEX = 4;
    static final int TCMSG_PARENT = 12;
    static final int TCA_KIND = 1;
    static final int TCA_STATS2 = 7;

    // pkt_sched.h and gen_stats.h
    static final int TC_H_ROOT = -1;
    static final int TCA_STATS_QUEUE = 3;

    // if.h
    static final int IFF_UP = 1;

    // if_link.h
    static final int IFLA_ADDRESS = 1;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_LINK = 5;
    static final int IFLA_MASTER = 10;
    static final int IFLA_TXQLEN = 13;
    static final int IFLA_LINKINFO = 18;
    static final int IFLA_STATS64 = 23;
    static final int IFLA_EXT_MASK = 29;
    static final int IFLA_LINK_NETNSID = 37;
    static final int IFLA_XDP = 43;
    static final int IFLA_XDP_PROG_ID = 4;
    static final int IFLA_TARGET_NETNSID = 46;
    static final int IFLA_INFO_KIND = 1;
    static final int IF_STATS_MSG_BYTES = 12;
    static final int IF_STATS_MSG_INDEX = 4;
    static final int IF_STATS_MSG_FILTER = 8;
    static final int IFLA_STATS_LINK_64 = 1;
    static final int IFLA_STATS_FILTER_LINK_64 = 1; // the bit of that attribute, which are counted from 1

    // if_addr.h
    static final int IFADDRMSG_BYTES = 8;
    static final int IFADDRMSG_PREFIX_LENGTH = 1;
    static final int IFADDRMSG_SCOPE = 3;
    static final int IFADDRMSG_INDEX = 4;
    static final int IFA_ADDRESS = 1;
    static final int IFA_LOCAL = 2;
    static final int IFA_TARGET_NETNSID = 10;

    // net_namespace.h
    static final int NETNSA_NSID = 1;
    static final int NETNSA_FD = 3;
    static final int NSID_NOT_ASSIGNED = -1;

    // include/linux/socket.h
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;

    private Netlink() {}

    /// `length` with the padding that follows it.
    static int aligned(int length) {
        return (length + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
