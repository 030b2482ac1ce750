/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Judges packets whose flow is unknown or was judged in another epoch, and keeps the flow table. Off the hot path. */
#ifndef WEIR_JUDGE_H
#define WEIR_JUDGE_H

#include <linux/in.h>

#include "weir/abi.h"
#include "weir/flow.h"
#include "weir/image.h"
#include "weir/maps.h"
#include "weir/packet.h"

/* The service that a packet of this flow asks for if `opener` opened it: protocol << 16 | port or ICMP type and code. */
static __always_inline __u32 weir_service(const struct weir_packet *packet, __u8 opener)
{
	__u32 protocol = (__u32)packet->key.protocol << 16;

	if (packet->key.protocol == IPPROTO_ICMP || packet->key.protocol == IPPROTO_ICMPV6) {
		if (packet->key.outside_port == 0)
			return protocol | bpf_ntohs(packet->key.inside_port);
		/* an echo: the service is its request, but for a reply that nobody asked for */
		if (packet->key.outside_port == bpf_htons(1 + opener))
			return protocol | (packet->key.protocol == IPPROTO_ICMP ? WEIR_ICMP_ECHO : WEIR_ICMPV6_ECHO)
						  << 8;
		return protocol | (packet->key.protocol == IPPROTO_ICMP ? WEIR_ICMP_ECHO_REPLY : WEIR_ICMPV6_ECHO_REPLY)
					  << 8;
	}
	return protocol | bpf_ntohs(opener == WEIR_EGRESS ? packet->key.outside_port : packet->key.inside_port);
}

/* Takes the decision of the first image of a chain that has one. Returns whether one had. chain: offset in weir_images;
 * view and holder: as weir_decide has them. */
__noinline int weir_walk(struct weir_work *work, __u32 chain, __u32 view, __u32 holder, __u32 service)
{
	const void *images = weir_images_value();
	__u32 count, layer = chain + sizeof(struct weir_chain);

	if (!images || !work)
		return 0;
	count = weir_u32(images, chain);
	for (__u32 i = 0; i < WEIR_MAX_LAYERS && i < count; i++, layer += sizeof(struct weir_layer)) {
		__u32 image = weir_u32(images, layer);
		__u32 rule = weir_decide(image, view, &work->packet.key, holder, service), word;

		if (rule == WEIR_NO_RULE)
			continue;
		word = weir_u32(images, image + __builtin_offsetof(struct weir_image, rules));
		word = weir_u32(images, image + word + rule * sizeof(__u32));
		work->decision.verdict = word & WEIR_RULE_VERDICT;
		work->decision.on_change = word >> WEIR_RULE_ON_CHANGE_SHIFT;
		work->decision.audit = !!(word & WEIR_RULE_AUDIT);
		layer = weir_u32(images, layer + __builtin_offsetof(struct weir_layer, cells));
		work->decision.cell = weir_u32(images, layer + rule * sizeof(__u32)) & 0xffffff;
		return 1;
	}
	return 0;
}

/* The number of who holds the outside address, or 0. */
static __always_inline __u32 weir_holder(const struct weir_packet *packet)
{
	struct weir_address_key key = { .vantage = packet->key.vantage };
	__u32 *number;

	__builtin_memcpy(key.address, packet->key.outside, 16);
	number = bpf_map_lookup_elem(&weir_addresses, &key);
	return number ? *number : 0;
}

/* Judges the packet as one of a flow opened by `opener` and writes the decision. */
static __always_inline void weir_judge_as(struct weir_work *work, struct weir_endpoint *endpoint, __u8 opener)
{
	const struct weir_decision unjudged = { .slot = work->decision.slot, .outcome = WEIR_DROP_POLICY };
	const void *images = weir_images_value();
	__u32 chain = endpoint->chain[work->epoch & 1];
	__u32 service, holder = 0;

	work->decision = unjudged;
	if (!images || !chain)
		return;
	if (weir_u32(images, chain + __builtin_offsetof(struct weir_chain, asks_holder)))
		holder = weir_holder(&work->packet);
	service = weir_service(&work->packet, opener);
	weir_walk(work, chain, opener, holder, service);
	if (work->decision.audit) {
		const struct weir_decision audited = work->decision;

		work->decision = unjudged;
		weir_walk(work, chain, opener | WEIR_VIEW_ENFORCED, holder, service);
		if (audited.verdict == WEIR_AUDIT && work->decision.verdict == WEIR_ALLOW)
			work->decision = audited;
	}
}

/* Whether a packet that either side may have opened is rather one of `other` than of `first`. */
static __always_inline int weir_prefers(const struct weir_decision *other, const struct weir_decision *first)
{
	return other->verdict == WEIR_ALLOW || (weir_passes(other->verdict) && !weir_passes(first->verdict));
}

/* Opens a flow for an allowed packet, within the endpoint's quota. */
static __always_inline void weir_open_flow(struct weir_work *work, struct weir_endpoint *endpoint, __u8 opener)
{
	__u32 direction = work->packet.direction & 1;
	struct weir_flow flow = {
		.judgement = weir_judgement(work->epoch, &work->decision),
		.opened_ns = bpf_ktime_get_ns(),
		.last_jiffies = bpf_jiffies64(),
		.slot = work->decision.slot,
		.opener = opener,
		.state = opener == direction ? WEIR_FLOW_NEW : WEIR_FLOW_ESTABLISHED,
	};
	long error;

	if (work->packet.tcp_flags & (WEIR_TCP_FIN | WEIR_TCP_RST))
		flow.state = WEIR_FLOW_CLOSING;
	if (work->decision.on_change == WEIR_KEEP)
		flow.holder = weir_holder(&work->packet);
	flow.packets[direction] = work->packets;
	flow.bytes[direction] = work->bytes;

	if (__sync_fetch_and_add(&endpoint->flows, 1) < endpoint->flow_quota) {
		error = bpf_map_update_elem(&weir_flows, &work->packet.key, &flow, BPF_NOEXIST);
		if (!error) {
			__sync_fetch_and_add(&endpoint->flows_opened, 1);
			return;
		}
		if (error == -17) { /* EEXIST: another processor was first */
			struct weir_flow *winner = bpf_map_lookup_elem(&weir_flows, &work->packet.key);

			if (winner) {
				__sync_fetch_and_add(&endpoint->flows, -1);
				weir_count_flow(winner, work);
				return;
			}
		}
	}
	__sync_fetch_and_add(&endpoint->flows, -1);
	__sync_fetch_and_add(&endpoint->flows_untracked, 1);
}

/* Takes over the verdict that let the flow pass, if the policy that gave it lets live flows finish (on-change: keep). That
 * ends when somebody else gets the outside address: addresses that come and go take effect at once. Returns whether it
 * did. */
static __always_inline int weir_keep(struct weir_work *work, const struct weir_flow *flow)
{
	__u64 judgement = *(volatile __u64 *)&flow->judgement;

	if (weir_judged_on_change(judgement) != WEIR_KEEP || !weir_passes(weir_judged_verdict(judgement)))
		return 0;
	if (flow->holder != weir_holder(&work->packet))
		return 0;
	work->decision.verdict = weir_judged_verdict(judgement);
	work->decision.on_change = WEIR_KEEP;
	work->basis = WEIR_BASIS_KEPT;
	work->decision.cell = weir_judged_cell(judgement);
	return 1;
}

/* Whether a live flow that is refused was cut by on-change: reset. Its judgement keeps saying WEIR_RESET, which means nothing
 * else where nothing passes, so that every packet that still comes is answered and not only the first: a RST that a side does
 * not take because others were on the way draws a packet with the right numbers out of it (RFC 5961, section 3.2). */
static __always_inline void weir_cut(struct weir_work *work, __u64 old)
{
	work->decision.on_change = WEIR_REEVALUATE;
	if (weir_judged_on_change(old) != WEIR_RESET || work->packet.key.protocol != IPPROTO_TCP)
		return;
	work->decision.on_change = WEIR_RESET;
	work->decision.cut = weir_passes(weir_judged_verdict(old)) ? WEIR_CUT_NOW : WEIR_CUT_BEFORE;
}

/* Writes the decision into the flow, or into a new one. */
static __always_inline void weir_remember(struct weir_work *work, struct weir_endpoint *endpoint,
					  struct weir_flow *flow, __u8 opener)
{
	__u64 old;

	if (!flow) {
		if (weir_passes(work->decision.verdict))
			weir_open_flow(work, endpoint, opener);
		return;
	}
	old = *(volatile __u64 *)&flow->judgement;
	if (weir_reopens(flow, &work->packet)) {
		if (!weir_passes(work->decision.verdict))
			return; /* the flow that is there goes on: a forged SYN must not end it */
		flow->opener = opener;
		flow->state = WEIR_FLOW_NEW;
	}
	/* a packet that follows an older epoch leaves the newer judgement alone */
	if ((__s32)(work->epoch - weir_judged_epoch(old)) >= 0) {
		if (!weir_passes(work->decision.verdict))
			weir_cut(work, old);
		if (work->decision.on_change == WEIR_KEEP)
			flow->holder = weir_holder(&work->packet);
		*(volatile __u64 *)&flow->judgement = weir_judgement(work->epoch, &work->decision);
	}
	weir_count_flow(flow, work);
}

/* A packet without a flow, or whose flow was judged in another epoch: judges who opened it. */
__noinline int weir_judge(struct weir_work *work)
{
	struct weir_device_key device = {};
	__u8 sender, opener;
	struct weir_endpoint *endpoint;
	struct weir_flow *flow;
	__u32 *slot;

	if (!work)
		return 0;
	sender = opener = work->packet.direction & 1;
	device.ifindex = work->packet.key.ifindex;
	device.vantage = work->packet.key.vantage;
	work->decision.verdict = WEIR_DENY;
	work->decision.outcome = WEIR_DROP_POLICY;
	slot = bpf_map_lookup_elem(&weir_devices, &device);
	if (!slot)
		return 0;
	work->decision.slot = *slot;
	endpoint = bpf_map_lookup_elem(&weir_endpoints, slot);
	if (!endpoint)
		return 0;

	flow = bpf_map_lookup_elem(&weir_flows, &work->packet.key);
	if (flow && !weir_reopens(flow, &work->packet))
		opener = flow->opener & 1;
	else if ((work->packet.tcp_flags & (WEIR_TCP_SYN | WEIR_TCP_ACK)) == (WEIR_TCP_SYN | WEIR_TCP_ACK))
		opener = !sender; /* answers a SYN that passed before we looked */
	if (!flow || weir_reopens(flow, &work->packet) || !weir_keep(work, flow))
		weir_judge_as(work, endpoint, opener);

	/* In mid-stream nothing says who opened: after an attach to a live host, or where a flow could not be kept, the
	 * packet passes if either side may have, and a policy in audit mode only tells of what neither may. It is no
	 * opening itself, so nothing new can come of it. */
	if (!flow && work->decision.verdict != WEIR_ALLOW && work->packet.role == WEIR_REPLIES) {
		const struct weir_decision first = work->decision;

		weir_judge_as(work, endpoint, !opener);
		if (weir_prefers(&work->decision, &first))
			opener = !opener;
		else
			work->decision = first;
	}

	if (!work->asking)
		weir_remember(work, endpoint, flow, opener);
	return 0;
}

#endif
