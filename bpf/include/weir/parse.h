/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Reads one packet into struct weir_packet. Headers are read through direct packet access with a check before each; where
 * the linear part of the skb is too short, the caller pulls more in and parses again. Rare shapes (IP options, IPv6
 * extension headers, quoted packets) are read by bpf_skb_load_bytes in functions of their own.
 */
#ifndef WEIR_PARSE_H
#define WEIR_PARSE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
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

struct weir_packet {
	struct weir_flow_key key;
	__u32 fragment_id;
	__u32 headers;	    /* bytes before the payload: each segment of a super-packet repeats them */
	__u32 l4;	    /* offset of the transport header */
	__u32 l4_bytes;	    /* that the network header promises from there */
	__u16 icmp;	    /* type << 8 | code */
	__u8 direction;	    /* enum weir_direction */
	__u8 fragmentation; /* enum weir_fragmentation */
	__u8 tcp_flags;
	__u8 outcome; /* enum weir_outcome, with WEIR_PARSE_DECIDED */
	__u8 role;    /* enum weir_role */
	__u8 quotes;  /* ICMP error: its payload names a flow */
	__u8 hop_limit; /* IPv6 */
};

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

/* Whether the options at `offset` hold a source route (RFC 791: 131 loose, 137 strict) or do not end where they should.
 * Visits every byte and skips the bodies, because an index that the packet chooses makes the verifier walk each choice. */
__noinline int weir_bad_options(struct __sk_buff *skb, __u32 offset, __u32 bytes)
{
	__u8 option[WEIR_MAX_OPTIONS + 1] = {}; /* the last one is the length of an option that lacks it: 0, so bad */
	__u32 skip = 0;

	if (bytes < 4 || bytes > WEIR_MAX_OPTIONS)
		return 1;
	if (bpf_skb_load_bytes(skb, offset, option, bytes))
		return 1;
	for (__u32 i = 0; i < WEIR_MAX_OPTIONS; i++) {
		__u8 length = option[i + 1];

		if (i >= bytes)
			break;
		if (skip) {
			skip--;
			continue;
		}
		if (option[i] == 0)
			return 0;
		if (option[i] == 131 || option[i] == 137)
			return 1;
		if (option[i] == 1)
			continue;
		if (length < 2 || i + length > bytes)
			return 1;
		skip = length - 1;
	}
	return 0;
}

struct weir_extension {
	__u8 next;
	__u8 length;
	__be16 fragment_offset; /* of a fragment header */
	__be32 fragment_id;
};

/* Walks IPv6 extension headers (RFC 8200, section 4) from packet->l4 on; moves it to the transport header and sets the
 * protocol. Returns WEIR_PASS or the reason to drop. */
__noinline int weir_walk_extensions(struct __sk_buff *skb, struct weir_packet *packet)
{
	struct weir_extension header;
	__u32 offset, left;
	__u8 protocol;

	if (!packet)
		return WEIR_DROP_MALFORMED; /* the verifier wants every pointer of a global function checked */
	offset = packet->l4;
	left = packet->l4_bytes;
	protocol = packet->key.protocol;

	for (int i = 0; i <= WEIR_MAX_EXTENSIONS; i++) {
		__u32 bytes;

		if (protocol != IPPROTO_HOPOPTS && protocol != IPPROTO_ROUTING && protocol != IPPROTO_DSTOPTS &&
		    protocol != IPPROTO_FRAGMENT && protocol != IPPROTO_AH) {
			packet->key.protocol = protocol;
			packet->l4 = offset;
			packet->l4_bytes = left;
			return WEIR_PASS;
		}
		if (i == WEIR_MAX_EXTENSIONS)
			break;
		if (left < sizeof(header) || bpf_skb_load_bytes(skb, offset, &header, sizeof(header)))
			return WEIR_DROP_MALFORMED;
		bytes = (header.length + 1) * 8;
		if (protocol == IPPROTO_AH) {
			bytes = (header.length + 2) * 4; /* RFC 4302, section 2.2 */
		} else if (protocol == IPPROTO_ROUTING) {
			/* type and segments left stand where a fragment header has its offset */
			if (bpf_ntohs(header.fragment_offset) >> 8 == 0 && (bpf_ntohs(header.fragment_offset) & 0xff))
				return WEIR_DROP_MALFORMED; /* source route, RFC 5095 */
		} else if (protocol == IPPROTO_FRAGMENT) {
			__u16 fragment = bpf_ntohs(header.fragment_offset);

			bytes = sizeof(header);
			packet->fragment_id = header.fragment_id;
			if (fragment & 0xfff8) {
				packet->fragmentation = WEIR_LATER;
				packet->key.protocol = header.next;
				packet->l4 = offset + bytes;
				packet->l4_bytes = left - bytes;
				return WEIR_PASS;
			}
			if (fragment & 1)
				packet->fragmentation = WEIR_FIRST;
		}
		if (bytes > left)
			return WEIR_DROP_MALFORMED;
		protocol = header.next;
		offset += bytes;
		left -= bytes;
	}
	return WEIR_DROP_EXTENSIONS;
}

/* The combinations that a sender may send (as net/netfilter/nf_conntrack_proto_tcp.c has them); PSH, ECE, CWR are free. */
static __always_inline int weir_bad_tcp_flags(__u8 flags)
{
	switch (flags & (WEIR_TCP_FIN | WEIR_TCP_SYN | WEIR_TCP_RST | WEIR_TCP_ACK | WEIR_TCP_URG)) {
	case WEIR_TCP_SYN:
	case WEIR_TCP_SYN | WEIR_TCP_URG:
	case WEIR_TCP_SYN | WEIR_TCP_ACK:
	case WEIR_TCP_RST:
	case WEIR_TCP_RST | WEIR_TCP_ACK:
	case WEIR_TCP_FIN | WEIR_TCP_ACK:
	case WEIR_TCP_FIN | WEIR_TCP_ACK | WEIR_TCP_URG:
	case WEIR_TCP_ACK:
	case WEIR_TCP_ACK | WEIR_TCP_URG:
		return 0;
	}
	return 1;
}

/* An echo has code 0 (RFC 792, RFC 4443 section 4); with another it is a message like any other. */
static __always_inline void weir_icmp_key(struct weir_packet *packet, __u8 request, __u8 reply, __be16 identifier)
{
	if (packet->icmp == request << 8 || packet->icmp == reply << 8) {
		int asks = packet->icmp == request << 8;

		packet->key.inside_port = identifier;
		packet->key.outside_port = bpf_htons(1 + (asks ? packet->direction : !packet->direction));
		packet->role = asks ? WEIR_OPENS : WEIR_REPLIES;
	} else {
		packet->key.inside_port = bpf_htons(packet->icmp);
		packet->key.outside_port = 0;
	}
}

/* Transport header at packet->l4. `neighbour`: the packet came over no router, as neighbour discovery must (RFC 4861,
 * section 6.1 and 7.1: IPv6 with hop limit 255); what only looks like it has no right to pass unjudged. */
static __always_inline enum weir_parse weir_parse_l4(void *data, void *end, struct weir_packet *packet, int neighbour)
{
	void *l4;

	packet->headers = packet->l4;
	if (packet->fragmentation == WEIR_LATER)
		return WEIR_PARSE_FLOW;
	if (packet->l4 > WEIR_MAX_L4_OFFSET)
		return weir_decided(packet, WEIR_DROP_MALFORMED);
	l4 = data + packet->l4;

	switch (packet->key.protocol) {
	case IPPROTO_TCP: {
		struct tcphdr *tcp = l4;
		__u32 bytes;

		if (packet->l4_bytes < sizeof(*tcp))
			return weir_decided(packet, WEIR_DROP_MALFORMED);
		if ((void *)(tcp + 1) > end)
			return WEIR_PARSE_SHORT;
		bytes = tcp->doff * 4;
		packet->tcp_flags = ((__u8 *)tcp)[13];
		if (bytes < sizeof(*tcp) || bytes > packet->l4_bytes || weir_bad_tcp_flags(packet->tcp_flags))
			return weir_decided(packet, WEIR_DROP_MALFORMED);
		packet->headers += bytes;
		packet->role =
			(packet->tcp_flags & (WEIR_TCP_SYN | WEIR_TCP_ACK)) == WEIR_TCP_SYN ? WEIR_OPENS : WEIR_REPLIES;
		weir_ports(packet, tcp->source, tcp->dest);
		return WEIR_PARSE_FLOW;
	}
	case IPPROTO_UDP: {
		struct udphdr *udp = l4;
		__u16 bytes;

		if (packet->l4_bytes < sizeof(*udp))
			return weir_decided(packet, WEIR_DROP_MALFORMED);
		if ((void *)(udp + 1) > end)
			return WEIR_PARSE_SHORT;
		bytes = bpf_ntohs(udp->len);
		if (packet->fragmentation == WEIR_WHOLE && (bytes < sizeof(*udp) || bytes > packet->l4_bytes) &&
		    !(bytes == 0 && packet->l4_bytes > 0xffff)) /* RFC 2675: a jumbogram says 0 */
			return weir_decided(packet, WEIR_DROP_MALFORMED);
		packet->headers += sizeof(*udp);
		weir_ports(packet, udp->source, udp->dest);
		return WEIR_PARSE_FLOW;
	}
	case IPPROTO_SCTP: {
		__be16 *ports = l4;

		if (packet->l4_bytes < 12) /* RFC 9260, section 3.1 */
			return weir_decided(packet, WEIR_DROP_MALFORMED);
		if ((void *)(ports + 2) > end)
			return WEIR_PARSE_SHORT;
		weir_ports(packet, ports[0], ports[1]);
		return WEIR_PARSE_FLOW;
	}
	case IPPROTO_ICMP: {
		struct weir_icmp *icmp = l4;

		if (packet->l4_bytes < sizeof(*icmp))
			return weir_decided(packet, WEIR_DROP_MALFORMED);
		if ((void *)(icmp + 1) > end)
			return WEIR_PARSE_SHORT;
		packet->icmp = icmp->type << 8 | icmp->code;
		packet->quotes = icmp->type == WEIR_ICMP_UNREACHABLE || icmp->type == WEIR_ICMP_TIME_EXCEEDED ||
				 icmp->type == WEIR_ICMP_PARAMETER || icmp->type == WEIR_ICMP_QUENCH;
		weir_icmp_key(packet, WEIR_ICMP_ECHO, WEIR_ICMP_ECHO_REPLY, icmp->identifier);
		return WEIR_PARSE_FLOW;
	}
	case IPPROTO_ICMPV6: {
		struct weir_icmp *icmp = l4;

		if (packet->l4_bytes < sizeof(*icmp))
			return weir_decided(packet, WEIR_DROP_MALFORMED);
		if ((void *)(icmp + 1) > end)
			return WEIR_PARSE_SHORT;
		packet->icmp = icmp->type << 8 | icmp->code;
		if (icmp->type == WEIR_ND_ROUTER_ADVERTISEMENT && packet->direction == WEIR_EGRESS)
			return weir_decided(packet, WEIR_DROP_SPOOF);
		if (neighbour && icmp->type >= WEIR_ND_ROUTER_SOLICITATION &&
		    icmp->type <= WEIR_ND_NEIGHBOUR_ADVERTISEMENT)
			return weir_decided(packet, WEIR_PASS);
		packet->quotes = icmp->type >= WEIR_ICMPV6_UNREACHABLE && icmp->type <= WEIR_ICMPV6_PARAMETER;
		weir_icmp_key(packet, WEIR_ICMPV6_ECHO, WEIR_ICMPV6_ECHO_REPLY, icmp->identifier);
		return WEIR_PARSE_FLOW;
	}
	}
	return WEIR_PARSE_FLOW; /* a protocol without ports */
}

static __always_inline enum weir_parse weir_parse_v4(struct __sk_buff *skb, void *data, void *end, __u32 offset,
						     struct weir_packet *packet)
{
	struct iphdr *ip = data + offset;
	__u32 header, total, room;
	__u16 fragment;

	if ((void *)(ip + 1) > end)
		return skb->len < offset + sizeof(*ip) ? weir_decided(packet, WEIR_DROP_MALFORMED) : WEIR_PARSE_SHORT;
	header = ip->ihl * 4;
	total = bpf_ntohs(ip->tot_len);
	room = skb->len - offset;
	if (total == 0 && skb->gso_size)
		total = room; /* a super-packet of more than 64 KiB */
	if (ip->version != 4 || header < sizeof(*ip) || total < header || total > room)
		return weir_decided(packet, WEIR_DROP_MALFORMED);
	packet->key.protocol = ip->protocol;
	packet->l4 = offset + header;
	packet->l4_bytes = total - header;
	weir_map_v4(weir_source(packet), ip->saddr);
	weir_map_v4(weir_destination(packet), ip->daddr);
	fragment = bpf_ntohs(ip->frag_off);
	if (fragment & 0x3fff) {
		packet->fragmentation = fragment & 0x1fff ? WEIR_LATER : WEIR_FIRST;
		packet->fragment_id = ip->id;
	}
	if (header > sizeof(*ip) && weir_bad_options(skb, offset + sizeof(*ip), header - sizeof(*ip)))
		return weir_decided(packet, WEIR_DROP_MALFORMED);
	return weir_parse_l4(data, end, packet, 0);
}

static __always_inline enum weir_parse weir_parse_v6(struct __sk_buff *skb, void *data, void *end, __u32 offset,
						     struct weir_packet *packet)
{
	struct ipv6hdr *ip = data + offset;
	__u32 total, room;

	if ((void *)(ip + 1) > end)
		return skb->len < offset + sizeof(*ip) ? weir_decided(packet, WEIR_DROP_MALFORMED) : WEIR_PARSE_SHORT;
	room = skb->len - offset - sizeof(*ip);
	total = bpf_ntohs(ip->payload_len);
	if (total == 0 && (skb->gso_size || ip->nexthdr == IPPROTO_HOPOPTS))
		total = room; /* a super-packet or jumbogram (RFC 2675) of more than 64 KiB */
	if (ip->version != 6 || total > room)
		return weir_decided(packet, WEIR_DROP_MALFORMED);
	/* RFC 4291, section 2.5.5.2: mapped addresses are no addresses on a wire; here they would pass for IPv4 */
	if (weir_is_mapped(&ip->saddr) || weir_is_mapped(&ip->daddr))
		return weir_decided(packet, WEIR_DROP_MALFORMED);
	packet->key.protocol = ip->nexthdr;
	packet->hop_limit = ip->hop_limit;
	packet->l4 = offset + sizeof(*ip);
	packet->l4_bytes = total;
	__builtin_memcpy(weir_source(packet), &ip->saddr, 16);
	__builtin_memcpy(weir_destination(packet), &ip->daddr, 16);
	if (packet->key.protocol != IPPROTO_TCP && packet->key.protocol != IPPROTO_UDP) {
		int outcome = weir_walk_extensions(skb, packet);

		if (outcome != WEIR_PASS)
			return weir_decided(packet, outcome);
	}
	return weir_parse_l4(data, end, packet, ip->hop_limit == 255);
}

/* From the Ethernet header up. packet->direction and the device in packet->key are set, all else is zero. */
static __always_inline enum weir_parse weir_parse(struct __sk_buff *skb, struct weir_packet *packet, __u32 other_l2)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	struct ethhdr *ethernet = data;
	__u32 offset = sizeof(*ethernet);
	__be16 type;

	if ((void *)(ethernet + 1) > end)
		return skb->len < sizeof(*ethernet) ? weir_decided(packet, WEIR_DROP_MALFORMED) : WEIR_PARSE_SHORT;
	type = ethernet->h_proto;
	for (int i = 0; i < WEIR_MAX_VLANS; i++) {
		__be16 *tag = data + offset; /* IEEE 802.1Q: tag control, type of what follows */

		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(tag + 2) > end)
			return skb->len < offset + 4 ? weir_decided(packet, WEIR_DROP_MALFORMED) : WEIR_PARSE_SHORT;
		type = tag[1];
		offset += 4;
	}
	packet->headers = offset;
	switch (type) {
	case bpf_htons(ETH_P_IP):
		return weir_parse_v4(skb, data, end, offset, packet);
	case bpf_htons(ETH_P_IPV6):
		return weir_parse_v6(skb, data, end, offset, packet);
	case bpf_htons(ETH_P_ARP):
		return weir_decided(packet, WEIR_PASS);
	}
	return weir_decided(packet, other_l2 == WEIR_ALLOW ? WEIR_PASS : WEIR_DROP_L2);
}

#endif
