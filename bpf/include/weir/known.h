/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The short way of most traffic: whole TCP and UDP packets without tags, options or extension headers, of a live flow that was
 * judged in this epoch and passes. There is nothing to decide about them but what is compared here; whatever differs in
 * anything is left to weir_path, which would come to the same end by a longer way.
 */
#ifndef WEIR_KNOWN_H
#define WEIR_KNOWN_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "weir/abi.h"
#include "weir/count.h"
#include "weir/flow.h"
#include "weir/guard.h"
#include "weir/maps.h"
#include "weir/packet.h"

#define WEIR_PLAIN_IPV4 0x45 /* version 4, a header of 20 bytes */

/* Fills in the key of the flow of a plain packet that neither begins nor ends it, but for the device. Returns the bytes of all
 * its headers, or 0 if it is another packet. */
static __always_inline __u32 weir_plain_key(struct weir_context *ctx, __u32 direction, struct weir_flow_key *key)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end, *l4;
	__u8 *source = direction == WEIR_EGRESS ? key->inside : key->outside;
	__u8 *destination = direction == WEIR_EGRESS ? key->outside : key->inside;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = data + sizeof(*ethernet);
	struct ipv6hdr *ip6 = data + sizeof(*ethernet);
	__u32 room = weir_length(ctx) - sizeof(*ethernet), bytes, headers;
	struct udphdr *udp;
	struct tcphdr *tcp;

	if ((void *)(ip + 1) > end)
		return 0;
	if (ethernet->h_proto == bpf_htons(ETH_P_IP)) {
		bytes = bpf_ntohs(ip->tot_len);
		if (*(__u8 *)ip != WEIR_PLAIN_IPV4 || ip->frag_off & bpf_htons(0x3fff) || bytes > room ||
		    bytes < sizeof(*ip))
			return 0;
		bytes -= sizeof(*ip);
		key->protocol = ip->protocol;
		weir_map_v4(source, ip->saddr);
		weir_map_v4(destination, ip->daddr);
		l4 = ip + 1;
		headers = sizeof(*ethernet) + sizeof(*ip);
	} else if (ethernet->h_proto == bpf_htons(ETH_P_IPV6)) {
		if ((void *)(ip6 + 1) > end)
			return 0;
		bytes = bpf_ntohs(ip6->payload_len);
		if (ip6->version != 6 || bytes + sizeof(*ip6) > room || weir_is_mapped(&ip6->saddr) ||
		    weir_is_mapped(&ip6->daddr))
			return 0;
		key->protocol = ip6->nexthdr;
		__builtin_memcpy(source, &ip6->saddr, 16);
		__builtin_memcpy(destination, &ip6->daddr, 16);
		l4 = ip6 + 1;
		headers = sizeof(*ethernet) + sizeof(*ip6);
	} else {
		return 0;
	}

	udp = l4;
	tcp = l4;
	if (key->protocol == IPPROTO_UDP) {
		if ((void *)(udp + 1) > end || bpf_ntohs(udp->len) < sizeof(*udp) || bpf_ntohs(udp->len) > bytes)
			return 0;
		headers += sizeof(*udp);
	} else if (key->protocol == IPPROTO_TCP) {
		__u8 flags;

		if ((void *)(tcp + 1) > end || tcp->doff * 4 < sizeof(*tcp) || tcp->doff * 4 > bytes)
			return 0;
		flags = ((__u8 *)tcp)[13];
		if ((flags & (WEIR_TCP_FIN | WEIR_TCP_SYN | WEIR_TCP_RST | WEIR_TCP_ACK | WEIR_TCP_URG)) !=
		    WEIR_TCP_ACK)
			return 0;
		headers += tcp->doff * 4;
	} else {
		return 0;
	}
	key->inside_port = direction == WEIR_EGRESS ? udp->source : udp->dest;
	key->outside_port = direction == WEIR_EGRESS ? udp->dest : udp->source;
	return headers;
}

/* Whether the flow passes in this epoch, and a packet of it in this direction changes nothing but its counts. */
static __always_inline int weir_is_steady(const struct weir_flow *flow, __u64 judgement, __u32 direction, __u32 epoch)
{
	if (weir_judged_epoch(judgement) != epoch || !weir_passes(weir_judged_verdict(judgement)))
		return 0;
	if (*(const volatile __u32 *)&flow->seen & WEIR_LIFE_BITS)
		return 0;
	if (flow->state != WEIR_FLOW_ESTABLISHED && (flow->state != WEIR_FLOW_NEW || flow->opener != direction))
		return 0;
	return direction == WEIR_INGRESS || !weir_judged_foreign(judgement);
}

enum weir_short {
	WEIR_NOT_SHORT, /* weir_path is to look at it */
	WEIR_NO_FLOW,	/* likewise; there was no flow of that key */
	WEIR_PASSED,	/* and has been counted */
};

/* Lets a packet pass and counts it, if it takes the short way. key: room to work in. */
static __always_inline enum weir_short weir_pass_known(struct weir_context *ctx, __u32 direction, __u32 epoch,
						       const volatile struct weir_settings *settings,
						       struct weir_flow_key *key)
{
	const struct weir_flow_key device = { .ifindex = weir_device(ctx), .vantage = settings->vantage };
	__u32 headers, cell, slot;
	struct weir_endpoint *endpoint;
	struct weir_size size;
	struct weir_flow *flow;
	struct weir_cell *count;
	__u64 judgement;

	*key = device;
	headers = weir_plain_key(ctx, direction, key);
	if (!headers)
		return WEIR_NOT_SHORT;
	flow = bpf_map_lookup_elem(&weir_flows, key);
	if (!flow)
		return WEIR_NO_FLOW;
	judgement = *(const volatile __u64 *)&flow->judgement;
	if (!weir_is_steady(flow, judgement, direction, epoch))
		return WEIR_NOT_SHORT;
	if (direction == WEIR_EGRESS) {
		const struct ethhdr *ethernet = (void *)(long)ctx->data;

		slot = flow->slot;
		endpoint = bpf_map_lookup_elem(&weir_endpoints, &slot);
		if (!endpoint || (void *)(ethernet + 1) > (void *)(long)ctx->data_end ||
		    (endpoint->guard_mac && endpoint->guard_mac != weir_mac(ethernet->h_source)))
			return WEIR_NOT_SHORT;
	} else if (flow->from != weir_from(weir_source_device(ctx))) {
		return WEIR_NOT_SHORT;
	}
	cell = weir_judged_cell(judgement);
	count = bpf_map_lookup_elem(&weir_cells, &cell);
	if (!cell || !count)
		return WEIR_NOT_SHORT;
	size = weir_measure(ctx, headers);
	weir_count_cell(count, direction, &size);
	weir_add(flow, direction, &size);
	weir_touch(flow);
	return WEIR_PASSED;
}

#endif
