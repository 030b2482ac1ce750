/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Packets that do not say which flow they are of: later fragments follow their first, ICMP errors the packet that they quote. */
#ifndef WEIR_FOLLOW_H
#define WEIR_FOLLOW_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "weir/abi.h"
#include "weir/flow.h"
#include "weir/guard.h"
#include "weir/maps.h"
#include "weir/packet.h"

static __always_inline __u64 weir_mix(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 32;
}

/* Which datagram a fragment is of (RFC 791 section 3.2: also by protocol; RFC 8200 section 4.5: not), never 0. Whoever finds
 * two with the same hash is a namespace that disturbs its own datagrams. */
static __always_inline __u64 weir_datagram(const struct weir_packet *packet)
{
	const __u64 *inside = (const __u64 *)packet->key.inside, *outside = (const __u64 *)packet->key.outside;
	__u64 hash = (__u64)packet->fragment_id << 32 | packet->key.ifindex, rest = packet->key.vantage;

	if (weir_is_mapped((const struct in6_addr *)packet->key.inside))
		rest |= (__u64)packet->key.protocol << 16;
	hash = weir_mix(hash, rest << 8 | packet->direction);
	hash = weir_mix(hash, inside[0]);
	hash = weir_mix(hash, inside[1]);
	hash = weir_mix(hash, outside[0]);
	hash = weir_mix(hash, outside[1]);
	return hash | 1;
}

/* Where later fragments may begin, in units of 8 bytes from the first: behind the header that decided about it, lest they
 * write over it (RFC 1858, RFC 3128, RFC 5722). */
static __always_inline __u8 weir_least(const struct weir_packet *packet)
{
	__u32 bytes = packet->l4 - packet->fragment_l4;

	switch (packet->key.protocol) {
	case IPPROTO_TCP:
		bytes += 20;
		break;
	case IPPROTO_SCTP:
		bytes += 12;
		break;
	default:
		bytes += 8;
		break;
	}
	return bytes < 255 * 8 ? (bytes + 7) / 8 : 255;
}

/* Whether ports decide about a fragment of which only the IP header tells what it is: the first may have shown that
 * extension headers stand before a transport header. */
static __always_inline int weir_needs_ports(__u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_AH:
		return 1;
	}
	return 0;
}

/* First fragment: remembers its ports. Later one: takes them over. Returns WEIR_PASS or the reason to drop. */
__noinline int weir_defragment(struct weir_work *work)
{
	struct weir_fragment *place = 0, *known = 0;
	struct weir_fragments *fragments;
	struct weir_endpoint *endpoint;
	struct weir_packet *packet;
	__u32 set, now = bpf_jiffies64();
	__u64 tag;

	if (!work)
		return WEIR_DROP_FRAGMENT;
	packet = &work->packet;
	endpoint = weir_endpoint_of(work);
	if (!endpoint)
		return WEIR_DROP_POLICY;
	fragments = bpf_map_lookup_elem(&weir_fragments, &endpoint->namespace_number);
	if (!fragments)
		return WEIR_DROP_FRAGMENT; /* not reached: numbers are given out within the map */
	tag = weir_datagram(packet);
	set = (tag >> 32 & (WEIR_FRAGMENT_SETS - 1)) * WEIR_FRAGMENT_WAYS;
	for (__u32 way = 0; way < WEIR_FRAGMENT_WAYS; way++) {
		struct weir_fragment *each = &fragments->place[set + way];

		if (*(volatile __u64 *)&each->tag == tag)
			known = each;
		if (!place || !each->tag || (place->tag && now - each->jiffies > now - place->jiffies))
			place = each;
	}

	if (packet->fragmentation == WEIR_FIRST) {
		if (work->asking)
			return WEIR_PASS;
		if (known)
			place = known;
		if (!place)
			return WEIR_PASS; /* not reached: there is more than one way */
		__sync_lock_test_and_set(&place->tag, 0);
		place->jiffies = now;
		place->inside_port = packet->key.inside_port;
		place->outside_port = packet->key.outside_port;
		place->protocol = packet->key.protocol;
		place->least = weir_least(packet);
		__sync_lock_test_and_set(&place->tag, tag);
		return WEIR_PASS;
	}
	if (!known)
		return weir_needs_ports(packet->key.protocol) ? WEIR_DROP_FRAGMENT : WEIR_PASS;
	if (packet->fragment_units < known->least)
		return WEIR_DROP_MALFORMED;
	packet->key.inside_port = known->inside_port;
	packet->key.outside_port = known->outside_port;
	packet->key.protocol = known->protocol;
	packet->icmp = packet->key.outside_port ? 0 : bpf_ntohs(packet->key.inside_port);
	return WEIR_PASS;
}

/* The key of the flow that an ICMP error quotes (RFC 792, RFC 4443 section 3): the packet that the other side had sent, so
 * it is read in the opposite direction. Whoever sent that packet must be who the error goes to; else an endpoint could
 * write to anybody by quoting a flow of its own. Returns whether `key` was filled in. */
static __always_inline int weir_quoted_key(struct weir_context *ctx, struct weir_packet *packet,
					   struct weir_flow_key *key)
{
	__u32 offset = packet->l4 + 8, l4;
	__u8 *source = packet->direction == WEIR_EGRESS ? key->outside : key->inside;
	__u8 *destination = packet->direction == WEIR_EGRESS ? key->inside : key->outside;
	__be16 ports[2];

	if (packet->key.protocol == IPPROTO_ICMP) {
		struct iphdr ip;

		if (weir_load(ctx, offset, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
			return 0;
		if (bpf_ntohs(ip.frag_off) & 0x1fff)
			return 0;
		weir_map_v4(source, ip.saddr);
		weir_map_v4(destination, ip.daddr);
		key->protocol = ip.protocol;
		l4 = offset + ip.ihl * 4;
	} else {
		struct ipv6hdr ip;

		if (weir_load(ctx, offset, &ip, sizeof(ip)) || ip.version != 6)
			return 0;
		__builtin_memcpy(source, &ip.saddr, 16);
		__builtin_memcpy(destination, &ip.daddr, 16);
		key->protocol = ip.nexthdr;
		l4 = offset + sizeof(ip);
	}
	if (__builtin_memcmp(source, weir_destination(packet), 16))
		return 0;
	key->ifindex = packet->key.ifindex;
	key->vantage = packet->key.vantage;

	switch (key->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		if (weir_load(ctx, l4, ports, sizeof(ports)))
			return 0;
		key->outside_port = packet->direction == WEIR_EGRESS ? ports[0] : ports[1];
		key->inside_port = packet->direction == WEIR_EGRESS ? ports[1] : ports[0];
		return 1;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6: {
		struct weir_icmp echo;

		if (weir_load(ctx, l4, &echo, sizeof(echo)))
			return 0;
		key->inside_port = echo.identifier;
		/* the quoted packet went the other way: its sender opened the flow if it was a request */
		if (echo.type == WEIR_ICMP_ECHO || echo.type == WEIR_ICMPV6_ECHO)
			key->outside_port = bpf_htons(1 + !packet->direction);
		else if (echo.type == WEIR_ICMP_ECHO_REPLY || echo.type == WEIR_ICMPV6_ECHO_REPLY)
			key->outside_port = bpf_htons(1 + packet->direction);
		else
			return 0;
		return 1;
	}
	}
	return 1;
}

/* Makes the packet one of the flow that it quotes, if there is such a flow; else it stays what it is. Afterwards its own
 * source is forgotten, so it is checked here. Returns WEIR_PASS or the reason to drop. */
__noinline int weir_follow_quote(struct weir_context *ctx, struct weir_work *work)
{
	struct weir_flow_key quoted = {};
	struct weir_endpoint *endpoint;

	if (!work)
		return WEIR_DROP_POLICY;
	if (!weir_quoted_key(ctx, &work->packet, &quoted) || !bpf_map_lookup_elem(&weir_flows, &quoted)) {
		work->packet.quotes = 0;
		return WEIR_PASS;
	}
	endpoint = weir_endpoint_of(work);
	if (!endpoint)
		return WEIR_DROP_POLICY;
	if (weir_is_guarded(endpoint, &work->packet) && !weir_holds(endpoint, work->packet.key.inside))
		return WEIR_DROP_SPOOF;
	work->packet.key = quoted;
	return WEIR_PASS;
}

#endif
