/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What parsing finds out about a packet, and the numbers of the protocols that it reads. */
#ifndef WEIR_PACKET_H
#define WEIR_PACKET_H

#include <linux/bpf.h>
#include <linux/in6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "weir/abi.h"

#define WEIR_MAX_VLANS 2
#define WEIR_MAX_EXTENSIONS 8
#define WEIR_MAX_OPTIONS 40	 /* bytes; RFC 791 gives the header 60 in all */
#define WEIR_PULL_BYTES 256	 /* enough for two tags, IPv6 with some extensions, TCP with options */
#define WEIR_MAX_L4_OFFSET 20000 /* 8 extension headers of at most 2,056 bytes, and what is before them */

#define WEIR_ICMP_ECHO_REPLY 0 /* RFC 792 */
#define WEIR_ICMP_UNREACHABLE 3
#define WEIR_ICMP_QUENCH 4
#define WEIR_ICMP_ECHO 8
#define WEIR_ICMP_TIME_EXCEEDED 11
#define WEIR_ICMP_PARAMETER 12
#define WEIR_ICMPV6_UNREACHABLE 1 /* RFC 4443 */
#define WEIR_ICMPV6_PARAMETER 4
#define WEIR_ICMPV6_ECHO 128
#define WEIR_ICMPV6_ECHO_REPLY 129
#define WEIR_ND_ROUTER_SOLICITATION 133 /* RFC 4861, section 4 */
#define WEIR_ND_ROUTER_ADVERTISEMENT 134
#define WEIR_ND_NEIGHBOUR_SOLICITATION 135
#define WEIR_ND_NEIGHBOUR_ADVERTISEMENT 136
#define WEIR_ND_HOP_LIMIT 255 /* else it has crossed a router, and no receiver may take it (RFC 4861, section 7.1) */

#define WEIR_TCP_FIN 0x01
#define WEIR_TCP_SYN 0x02
#define WEIR_TCP_RST 0x04
#define WEIR_TCP_ACK 0x10
#define WEIR_TCP_URG 0x20

/* The first 8 bytes of ICMP and ICMPv6 (linux/icmp.h is not for programs: it draws in the C library's headers). */
struct weir_icmp {
	__u8 type;
	__u8 code;
	__be16 checksum;
	__be16 identifier; /* of an echo */
	__be16 sequence;
};

#define WEIR_ARP_BYTES 28 /* RFC 826, for Ethernet and IPv4 */

enum weir_parse {
	WEIR_PARSE_FLOW,    /* packet->key is complete; judge it */
	WEIR_PARSE_DECIDED, /* packet->outcome says where to count it */
	WEIR_PARSE_SHORT,   /* the linear part ends inside a header */
};

enum weir_fragmentation {
	WEIR_WHOLE = 0,
	WEIR_FIRST = 1,
	WEIR_LATER = 2, /* has no ports */
};

/* What a packet says about who opened its flow. */
enum weir_role {
	WEIR_MAY_OPEN = 0, /* nothing: most protocols do not tell */
	WEIR_OPENS = 1,	   /* its sender does: TCP SYN, ICMP echo */
	WEIR_REPLIES = 2,  /* it cannot have opened it: TCP beyond SYN, ICMP echo reply */
};

/* A packet by which neighbours are found: passes without a rule, if its sender is who it says. */
enum weir_neighbour {
	WEIR_NO_NEIGHBOUR = 0,
	WEIR_ARP = 1,
	WEIR_DISCOVERY = 2,
};

struct weir_packet {
	struct weir_flow_key key;
	__u32 fragment_id;
	__u64 mac;	    /* of the sender, first byte lowest */
	__u32 headers;	    /* bytes before the payload: each segment of a super-packet repeats them */
	__u32 l3;	    /* offset of the network header */
	__u32 l4;	    /* offset of the transport header */
	__u32 l4_bytes;	    /* that the network header promises from there */
	__u16 icmp;	    /* type << 8 | code */
	__u8 direction;	    /* enum weir_direction */
	__u8 fragmentation; /* enum weir_fragmentation */
	__u8 tcp_flags;
	__u8 outcome;	      /* enum weir_outcome, with WEIR_PARSE_DECIDED */
	__u8 role;	      /* enum weir_role */
	__u8 quotes;	      /* ICMP error: its payload names a flow */
	__u8 neighbour;	      /* enum weir_neighbour */
	__u16 fragment_units; /* of a later one: where it begins, in units of 8 bytes */
	__u16 fragment_l4;    /* IPv6: offset of what is cut into fragments; 0: there is no fragment header */
};

/* What a packet counts for: as on the wire, where each segment of a super-packet is one and repeats the headers. */
struct weir_size {
	__u64 bytes;
	__u32 packets;
};

/* headers: bytes before the payload */
static __always_inline struct weir_size weir_measure(struct weir_context *ctx, __u32 headers)
{
	struct weir_size size = { .bytes = weir_length(ctx), .packets = 1 };
	__u32 segment = weir_segment_bytes(ctx), segments;

	if (segment) {
		segments = weir_segments(ctx);
		if (!segments && weir_length(ctx) > headers)
			segments = (weir_length(ctx) - headers + segment - 1) / segment;
		if (!segments)
			segments = 1;
		size.bytes += (__u64)(segments - 1) * headers;
		size.packets = segments;
	}
	return size;
}

/* 48 bits, first byte lowest. */
static __always_inline __u64 weir_mac(const __u8 *bytes)
{
	const __u16 *part = (const __u16 *)bytes;

	return part[0] | (__u64)part[1] << 16 | (__u64)part[2] << 32;
}

static __always_inline enum weir_parse weir_decided(struct weir_packet *packet, enum weir_outcome outcome)
{
	packet->outcome = outcome;
	return WEIR_PARSE_DECIDED;
}

static __always_inline void weir_map_v4(__u8 *to, __be32 address)
{
	__be32 *word = (__be32 *)to;

	word[0] = 0;
	word[1] = 0;
	word[2] = bpf_htonl(0xffff);
	word[3] = address;
}

static __always_inline int weir_is_mapped(const struct in6_addr *address)
{
	const __be32 *word = (const __be32 *)address;

	return word[0] == 0 && word[1] == 0 && word[2] == bpf_htonl(0xffff);
}

static __always_inline __u8 *weir_source(struct weir_packet *packet)
{
	return packet->direction == WEIR_EGRESS ? packet->key.inside : packet->key.outside;
}

static __always_inline __u8 *weir_destination(struct weir_packet *packet)
{
	return packet->direction == WEIR_EGRESS ? packet->key.outside : packet->key.inside;
}

static __always_inline void weir_ports(struct weir_packet *packet, __be16 source, __be16 destination)
{
	packet->key.inside_port = packet->direction == WEIR_EGRESS ? source : destination;
	packet->key.outside_port = packet->direction == WEIR_EGRESS ? destination : source;
}

#endif
