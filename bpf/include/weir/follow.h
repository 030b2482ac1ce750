/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Packets that do not say which flow they are of: later fragments follow their first, ICMP errors the packet that they quote. */
#ifndef WEIR_FOLLOW_H
#define WEIR_FOLLOW_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "weir/abi.h"
#include "weir/flow.h"
#include "weir/maps.h"
#include "weir/packet.h"

/* First fragment: remembers its ports. Later one: takes them over. Returns WEIR_PASS or the reason to drop. */
__noinline int weir_defragment(struct weir_work *work)
{
	struct weir_fragment_key key = {};
	struct weir_fragment *known;
	struct weir_packet *packet;

	if (!work)
		return WEIR_DROP_FRAGMENT;
	packet = &work->packet;
	__builtin_memcpy(key.inside, packet->key.inside, 16);
	__builtin_memcpy(key.outside, packet->key.outside, 16);
	key.id = packet->fragment_id;
	key.ifindex = packet->key.ifindex;
	key.vantage = packet->key.vantage;
	key.protocol = packet->key.protocol;
	key.direction = packet->direction;

	if (packet->fragmentation == WEIR_FIRST) {
		struct weir_fragment ports = {
			.inside_port = packet->key.inside_port,
			.outside_port = packet->key.outside_port,
		};

		/* a failure costs the later fragments, which are then dropped and counted */
		if (!work->asking)
			bpf_map_update_elem(&weir_fragments, &key, &ports, BPF_ANY);
		return WEIR_PASS;
	}
	known = bpf_map_lookup_elem(&weir_fragments, &key);
	if (!known) {
		switch (packet->key.protocol) {
		case IPPROTO_TCP:
		case IPPROTO_UDP:
		case IPPROTO_SCTP:
		case IPPROTO_ICMP:
		case IPPROTO_ICMPV6:
			return WEIR_DROP_FRAGMENT;
		}
		return WEIR_PASS; /* ports do not decide about it */
	}
	packet->key.inside_port = known->inside_port;
	packet->key.outside_port = known->outside_port;
	packet->icmp = packet->key.outside_port ? 0 : bpf_ntohs(packet->key.inside_port);
	return WEIR_PASS;
}

/* The key of the flow that an ICMP error quotes (RFC 792, RFC 4443 section 3): the packet that the other side had sent, so
 * it is read in the opposite direction. Whoever sent that packet must be who the error goes to; else an endpoint could
 * write to anybody by quoting a flow of its own. Returns whether `key` was filled in. */
static __always_inline int weir_quoted_key(struct __sk_buff *skb, struct weir_packet *packet, struct weir_flow_key *key)
{
	__u32 offset = packet->l4 + 8, l4;
	__u8 *source = packet->direction == WEIR_EGRESS ? key->outside : key->inside;
	__u8 *destination = packet->direction == WEIR_EGRESS ? key->inside : key->outside;
	__be16 ports[2];

	if (packet->key.protocol == IPPROTO_ICMP) {
		struct iphdr ip;

		if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
			return 0;
		if (bpf_ntohs(ip.frag_off) & 0x1fff)
			return 0;
		weir_map_v4(source, ip.saddr);
		weir_map_v4(destination, ip.daddr);
		key->protocol = ip.protocol;
		l4 = offset + ip.ihl * 4;
	} else {
		struct ipv6hdr ip;

		if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)) || ip.version != 6)
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
		if (bpf_skb_load_bytes(skb, l4, ports, sizeof(ports)))
			return 0;
		key->outside_port = packet->direction == WEIR_EGRESS ? ports[0] : ports[1];
		key->inside_port = packet->direction == WEIR_EGRESS ? ports[1] : ports[0];
		return 1;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6: {
		struct weir_icmp echo;

		if (bpf_skb_load_bytes(skb, l4, &echo, sizeof(echo)))
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

/* Makes the packet one of the flow that it quotes, if there is such a flow; else it stays what it is. */
__noinline int weir_follow_quote(struct __sk_buff *skb, struct weir_packet *packet)
{
	struct weir_flow_key quoted = {};

	if (!packet)
		return 0;
	if (weir_quoted_key(skb, packet, &quoted) && bpf_map_lookup_elem(&weir_flows, &quoted))
		packet->key = quoted;
	else
		packet->quotes = 0;
	return 0;
}

#endif
