/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Reads one packet into struct weir_packet. Headers are read through direct packet access with a check before each; where
 * the part of the packet that can be read so is too short, the caller pulls more in and parses again. Rare shapes stand in rare.h.
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

#include "weir/packet.h"
#include "weir/rare.h"

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
		if (neighbour && icmp->type >= WEIR_ND_ROUTER_SOLICITATION &&
		    icmp->type <= WEIR_ND_NEIGHBOUR_ADVERTISEMENT) {
			if (packet->fragment_l4) /* RFC 6980: not in fragments, nor in one that is the whole */
				return weir_decided(packet, WEIR_DROP_MALFORMED);
			packet->neighbour = WEIR_DISCOVERY;
		}
		if (icmp->type == WEIR_ND_ROUTER_ADVERTISEMENT && packet->direction == WEIR_EGRESS)
			return weir_decided(packet, WEIR_DROP_SPOOF);
		if (packet->neighbour)
			return weir_decided(packet, WEIR_PASS);
		packet->quotes = icmp->type >= WEIR_ICMPV6_UNREACHABLE && icmp->type <= WEIR_ICMPV6_PARAMETER;
		weir_icmp_key(packet, WEIR_ICMPV6_ECHO, WEIR_ICMPV6_ECHO_REPLY, icmp->identifier);
		return WEIR_PARSE_FLOW;
	}
	}
	return WEIR_PARSE_FLOW; /* a protocol without ports */
}

static __always_inline enum weir_parse weir_parse_v4(struct weir_context *ctx, void *data, void *end, __u32 offset,
						     struct weir_packet *packet)
{
	struct iphdr *ip = data + offset;
	__u32 header, total, room;
	__u16 fragment;

	if ((void *)(ip + 1) > end)
		return weir_length(ctx) < offset + sizeof(*ip) ? weir_decided(packet, WEIR_DROP_MALFORMED) :
								 WEIR_PARSE_SHORT;
	header = ip->ihl * 4;
	total = bpf_ntohs(ip->tot_len);
	room = weir_length(ctx) - offset;
	if (total == 0 && weir_segment_bytes(ctx))
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
		packet->fragment_units = fragment & 0x1fff;
		packet->fragment_l4 = packet->l4;
		if (packet->fragment_units * 8 + packet->l4_bytes > 0xffff)
			return weir_decided(packet, WEIR_DROP_MALFORMED);
	}
	if (header > sizeof(*ip) && weir_bad_options(ctx, offset + sizeof(*ip), header - sizeof(*ip)))
		return weir_decided(packet, WEIR_DROP_MALFORMED);
	return weir_parse_l4(data, end, packet, 0);
}

static __always_inline enum weir_parse weir_parse_v6(struct weir_context *ctx, void *data, void *end, __u32 offset,
						     struct weir_packet *packet)
{
	struct ipv6hdr *ip = data + offset;
	__u32 total, room;

	if ((void *)(ip + 1) > end)
		return weir_length(ctx) < offset + sizeof(*ip) ? weir_decided(packet, WEIR_DROP_MALFORMED) :
								 WEIR_PARSE_SHORT;
	room = weir_length(ctx) - offset - sizeof(*ip);
	total = bpf_ntohs(ip->payload_len);
	if (total == 0 && (weir_segment_bytes(ctx) || ip->nexthdr == IPPROTO_HOPOPTS))
		total = room; /* a super-packet or jumbogram (RFC 2675) of more than 64 KiB */
	if (ip->version != 6 || total > room)
		return weir_decided(packet, WEIR_DROP_MALFORMED);
	/* RFC 4291, section 2.5.5.2: mapped addresses are no addresses on a wire; here they would pass for IPv4 */
	if (weir_is_mapped(&ip->saddr) || weir_is_mapped(&ip->daddr))
		return weir_decided(packet, WEIR_DROP_MALFORMED);
	packet->key.protocol = ip->nexthdr;
	packet->l4 = offset + sizeof(*ip);
	packet->l4_bytes = total;
	__builtin_memcpy(weir_source(packet), &ip->saddr, 16);
	__builtin_memcpy(weir_destination(packet), &ip->daddr, 16);
	if (packet->key.protocol != IPPROTO_TCP && packet->key.protocol != IPPROTO_UDP) {
		int outcome = weir_walk_extensions(ctx, packet);

		if (outcome != WEIR_PASS)
			return weir_decided(packet, outcome);
	}
	return weir_parse_l4(data, end, packet, ip->hop_limit == WEIR_ND_HOP_LIMIT);
}

/* From the Ethernet header up. packet->direction and the device in packet->key are set, all else is zero. */
static __always_inline enum weir_parse weir_parse(struct weir_context *ctx, struct weir_packet *packet, __u32 other_l2)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	__u32 offset = sizeof(*ethernet);
	__be16 type;

	if ((void *)(ethernet + 1) > end)
		return weir_length(ctx) < sizeof(*ethernet) ? weir_decided(packet, WEIR_DROP_MALFORMED) :
							      WEIR_PARSE_SHORT;
	type = ethernet->h_proto;
	packet->mac = weir_mac(ethernet->h_source);
	for (int i = 0; i < WEIR_MAX_VLANS; i++) {
		__be16 *tag = data + offset; /* IEEE 802.1Q: tag control, type of what follows */

		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		if (i == WEIR_MAX_VLANS - 1 && weir_has_tag(ctx))
			break;
		if ((void *)(tag + 2) > end)
			return weir_length(ctx) < offset + 4 ? weir_decided(packet, WEIR_DROP_MALFORMED) :
							       WEIR_PARSE_SHORT;
		type = tag[1];
		offset += 4;
	}
	packet->headers = packet->l3 = offset;
	switch (type) {
	case bpf_htons(ETH_P_IP):
		return weir_parse_v4(ctx, data, end, offset, packet);
	case bpf_htons(ETH_P_IPV6):
		return weir_parse_v6(ctx, data, end, offset, packet);
	case bpf_htons(ETH_P_ARP):
		packet->neighbour = WEIR_ARP;
		return weir_decided(packet,
				    weir_length(ctx) < offset + WEIR_ARP_BYTES ? WEIR_DROP_MALFORMED : WEIR_PASS);
	}
	return weir_decided(packet, other_l2 == WEIR_ALLOW ? WEIR_PASS : WEIR_DROP_L2);
}

#endif
