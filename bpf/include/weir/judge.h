/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Judges packets whose flow is unknown or was judged in another epoch, and keeps the flow table. Off the hot path. */
#ifndef WEIR_JUDGE_H
#define WEIR_JUDGE_H

#include <linux/in.h>

#include "weir/abi.h"
#include "weir/flow.h"
#include "weir/guard.h"
#include "weir/image.h"
#include "weir/maps.h"
#include "weir/packet.h"
#include "weir/peers.h"

#define WEIR_EEXIST 17

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
		work->decision.log = !!(word & WEIR_RULE_LOG);
		layer = weir_u32(images, layer + __builtin_offsetof(struct weir_layer, cells));
		work->decision.cell = weir_u32(images, layer + rule * sizeof(__u32)) & 0xffffff;
		return 1;
	}
	return 0;
}

/* The number of who holds the outside address, or 0. Of several that hold one address in separate segments, the one in the
 * segment that the packet came from, then the one in the endpoint's own. */
static __always_inline __u32 weir_holder_from(const struct weir_work *work, const struct weir_endpoint *endpoint,
					      __u32 from)
{
	const struct weir_flow_key *key = &work->packet.key;
	__u32 number = 0;

	if (from && from != endpoint->segment)
		number = weir_holder_in(key->outside, key->vantage, from);
	if (!number)
		number = weir_holder_in(key->outside, key->vantage, endpoint->segment);
	if (!number)
		number = weir_holder_in(key->outside, key->vantage, WEIR_ANYWHERE);
	return number;
}

static __always_inline __u32 weir_holder(const struct weir_work *work, const struct weir_endpoint *endpoint)
{
	return weir_holder_from(work, endpoint, work->from);
}

/* The same as weir_flow has it. Looked for once. */
static __always_inline __u32 weir_peer_of(struct weir_work *work, const struct weir_endpoint *endpoint)
{
	if (!work->peer) {
		__u32 holder = weir_holder(work, endpoint);

		work->peer = holder ? holder : WEIR_WORLD;
	}
	return work->peer;
}

/* Whether a packet that enters is of another who has the address of the one whose flow this is, behind another bridge: it came
 * by another way, and there somebody else holds the address. Who has only come by another way is followed. */
static __always_inline int weir_is_strange(struct weir_work *work, const struct weir_endpoint *endpoint,
					   struct weir_flow *flow)
{
	__u16 way = weir_from(work->from), before = flow->from;

	if (work->packet.direction != WEIR_INGRESS || before == way || work->packet.quotes)
		return 0; /* errors come from any router on the way */
	if (before && weir_holder(work, endpoint) != weir_holder_from(work, endpoint, before & WEIR_FROM_BITS))
		return 1;
	if (!work->asking)
		flow->from = way;
	return 0;
}

/* Judges the packet as one of a flow opened by `opener` and writes the decision. */
static __always_inline void weir_judge_as(struct weir_work *work, struct weir_endpoint *endpoint, __u8 opener)
{
	const struct weir_decision unjudged = {
		.slot = work->decision.slot,
		.outcome = WEIR_DROP_POLICY,
		.foreign = work->decision.foreign,
	};
	const void *images = weir_images_value();
	__u32 chain = endpoint->chain[work->epoch & 1];
	__u32 service, holder = 0;

	work->decision = unjudged;
	if (!images || !chain)
		return;
	if (weir_u32(images, chain + __builtin_offsetof(struct weir_chain, asks_holder)))
		holder = weir_peer_of(work, endpoint);
	if (holder == WEIR_WORLD)
		holder = 0;
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

/* Whether a namespace that has so many flows, of so many of all, may not have another. */
static __always_inline int weir_is_full(const struct weir_endpoint *endpoint, __u64 flows, __u64 all)
{
	__u32 zero = 0;
	struct weir_state *state = bpf_map_lookup_elem(&weir_state, &zero);

	if (!state || flows >= endpoint->flow_quota)
		return 1;
	return flows >= state->flow_share && all >= state->flow_room;
}

/* Counts a packet that passes and that no flow counts. */
static __always_inline void weir_count_untracked(const struct weir_work *work, struct weir_endpoint *endpoint,
						 struct weir_account *account)
{
	__sync_fetch_and_add(&endpoint->flows_untracked, 1);
	__sync_fetch_and_add(&account->other_bytes[work->packet.direction & 1], work->size.bytes);
}

/* Opens a flow for an allowed packet, within the namespace's quota. Returns whether it is still to be counted, because
 * another processor was faster to open it. */
__noinline int weir_open_flow(struct weir_work *work, struct weir_endpoint *endpoint, struct weir_account *account,
			      __u32 opener)
{
	__u32 direction, zero = 0, now = bpf_jiffies64();
	struct weir_account *all = bpf_map_lookup_elem(&weir_accounts, &zero);
	struct weir_flow flow = {};
	__u64 flows, flows_of_all;
	long error = 0;

	if (!work || !endpoint || !account || !all)
		return 0;
	direction = work->packet.direction & 1;
	flow.judgement = weir_judgement(work->epoch, &work->decision);
	/* handshakes are timed; for others the last tick will do, which costs less than half */
	flow.opened_ns = work->packet.key.protocol == IPPROTO_TCP ? bpf_ktime_get_ns() : bpf_ktime_get_coarse_ns();
	flow.seen = now & ~WEIR_LIFE_BITS;
	flow.slot = work->decision.slot;
	flow.opener = opener;
	flow.state = opener == direction ? WEIR_FLOW_NEW : WEIR_FLOW_ESTABLISHED;
	if (work->packet.tcp_flags & WEIR_TCP_RST)
		flow.state = WEIR_FLOW_CLOSED;
	else if (work->packet.tcp_flags & WEIR_TCP_FIN)
		flow.state = WEIR_FLOW_CLOSING;
	if (flow.state == WEIR_FLOW_CLOSING)
		flow.state |= 1 << direction << WEIR_FLOW_FIN_SHIFT;
	if (direction == WEIR_INGRESS)
		flow.from = weir_from(work->from);
	flow.packets[direction] = work->size.packets;
	flow.bytes[direction] = work->size.bytes;

	flows = __sync_fetch_and_add(&account->flows, 1);
	flows_of_all = __sync_fetch_and_add(&all->flows, 1);
	if (!weir_is_full(endpoint, flows, flows_of_all)) {
		flow.peer = weir_peer_of(work, endpoint);
		error = bpf_map_update_elem(&weir_flows, &work->packet.key, &flow, BPF_NOEXIST);
		if (!error) {
			__sync_fetch_and_add(&endpoint->flows_opened, 1);
			return 0;
		}
	}
	__sync_fetch_and_add(&account->flows, -1);
	__sync_fetch_and_add(&all->flows, -1);
	if (error == -WEIR_EEXIST)
		return 1;
	weir_count_untracked(work, endpoint, account);
	return 0;
}

/* Takes over the verdict that let the flow pass, if the policy that gave it lets live flows finish (on-change: keep). That
 * ends when somebody else gets the outside address: addresses that come and go take effect at once. Returns whether it
 * did. */
static __always_inline int weir_keep(struct weir_work *work, const struct weir_endpoint *endpoint,
				     const struct weir_flow *flow)
{
	__u64 judgement = *(volatile __u64 *)&flow->judgement;

	if (weir_judged_on_change(judgement) != WEIR_KEEP || !weir_passes(weir_judged_verdict(judgement)))
		return 0;
	if (flow->peer && flow->peer != weir_peer_of(work, endpoint))
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

/* Makes who holds the outside address now the flow's peer. The one before is not credited with what was counted since
 * weir_expire came last: when an address changes hands, nobody knows whose that was. */
static __always_inline void weir_set_peer(struct weir_work *work, const struct weir_endpoint *endpoint,
					  struct weir_account *account, struct weir_flow *flow)
{
	__u32 peer = weir_peer_of(work, endpoint);

	if (flow->peer == peer)
		return;
	weir_credit_other(flow, account);
	flow->peer = peer;
}

/* Writes the decision into the flow, or into a new one. */
static __always_inline void weir_remember(struct weir_work *work, struct weir_endpoint *endpoint,
					  struct weir_account *account, struct weir_flow *flow, __u8 opener)
{
	__u64 old;

	if (!flow) {
		if (!weir_passes(work->decision.verdict) || !weir_open_flow(work, endpoint, account, opener))
			return;
		work->decision.log = 0; /* the other processor tells of it */
		flow = bpf_map_lookup_elem(&weir_flows, &work->packet.key);
		if (flow && weir_revive(flow))
			weir_count_flow(flow, work);
		else
			weir_count_untracked(work, endpoint, account);
		return;
	}
	old = *(volatile __u64 *)&flow->judgement;
	if (weir_reopens(flow, &work->packet)) {
		if (!weir_passes(work->decision.verdict))
			return; /* the flow that is there goes on: a forged SYN must not end it */
		weir_renew(flow, opener);
	}
	/* a packet that follows an older epoch leaves the newer judgement alone */
	if ((__s32)(work->epoch - weir_judged_epoch(old)) >= 0) {
		if (!weir_passes(work->decision.verdict))
			weir_cut(work, old);
		weir_set_peer(work, endpoint, account, flow);
		*(volatile __u64 *)&flow->judgement = weir_judgement(work->epoch, &work->decision);
	}
	weir_count_flow(flow, work);
}

/* Drops a packet that no rule decided about, or in spite of the rule that did. */
static __always_inline void weir_drop(struct weir_work *work, enum weir_outcome outcome)
{
	work->decision.cell = 0;
	work->decision.verdict = WEIR_DENY;
	work->decision.outcome = outcome;
}

/* Whether a packet that leaves is sent in another's name. Finds out, on the way, whose the inside address is. */
static __always_inline int weir_forges(struct weir_work *work, const struct weir_endpoint *endpoint)
{
	if (!endpoint->guard_mac)
		return 0;
	if (weir_forges_mac(endpoint, &work->packet))
		return 1;
	work->decision.foreign = !weir_holds(endpoint, work->packet.key.inside);
	return work->decision.foreign && work->packet.direction == WEIR_EGRESS && !weir_needs_no_source(&work->packet);
}

/* Whether an allowed packet may open a flow at this moment. What leaves has an allowance of its own, so that nobody outside
 * uses it up. */
static __always_inline int weir_may_open(const struct weir_work *work, const struct weir_endpoint *endpoint,
					 struct weir_account *account)
{
	__u64 interval = endpoint->opening_interval_ns;

	if (!interval || work->asking || work->packet.role == WEIR_REPLIES)
		return 1;
	return weir_grant(&account->opening_due_ns[work->packet.direction & 1], bpf_ktime_get_ns(), interval,
			  1000000000ULL);
}

/* Judges a packet by who opened its flow. flow: what is known of it, and does not hold for this packet; or 0. */
__noinline int weir_judge(struct weir_work *work, struct weir_flow *flow)
{
	struct weir_endpoint *endpoint;
	struct weir_account *account;
	__u8 sender, opener, opens, strange = 0;

	if (!work)
		return 0;
	sender = opener = work->packet.direction & 1;
	work->decision.verdict = WEIR_DENY;
	work->decision.outcome = WEIR_DROP_POLICY;
	endpoint = weir_endpoint_of(work);
	if (!endpoint)
		return 0;
	account = bpf_map_lookup_elem(&weir_accounts, &endpoint->namespace_number);
	if (!account)
		return 0; /* not reached: numbers are given out within the map */
	if (weir_forges(work, endpoint)) {
		weir_drop(work, WEIR_DROP_SPOOF);
		return 0;
	}

	if (flow && !work->asking && !weir_revive(flow))
		flow = 0;
	if (flow && (sender == WEIR_EGRESS || work->asking))
		work->from =
			flow->from & WEIR_FROM_BITS; /* where its flow came from: it goes there, or is asked about */
	if (flow && weir_is_strange(work, endpoint, flow)) {
		strange = 1;
		flow = 0;
	}
	opens = !flow || weir_reopens(flow, &work->packet);
	if (!opens)
		opener = flow->opener & 1;
	else if ((work->packet.tcp_flags & (WEIR_TCP_SYN | WEIR_TCP_ACK)) == (WEIR_TCP_SYN | WEIR_TCP_ACK))
		opener = !sender; /* answers a SYN that passed before we looked */
	if (opens || !weir_keep(work, endpoint, flow))
		weir_judge_as(work, endpoint, opener);

	/* In mid-stream nothing says who opened: after an attach to a live host, or where a flow could not be kept, the
	 * packet passes if either side may have, and a policy in audit mode only tells of what neither may. It is no
	 * opening itself, so nothing new can come of it. Of other packets that only a reply could be, as much is told
	 * where flows are not kept any more. */
	if (!flow && work->decision.verdict != WEIR_ALLOW &&
	    (work->packet.role == WEIR_REPLIES || !weir_passes(work->decision.verdict))) {
		const struct weir_decision first = work->decision;
		__u32 zero = 0;
		struct weir_account *all = bpf_map_lookup_elem(&weir_accounts, &zero);

		if (work->packet.role == WEIR_REPLIES) {
			weir_judge_as(work, endpoint, !opener);
			if (weir_prefers(&work->decision, &first))
				opener = !opener;
			else
				work->decision = first;
		} else if (work->packet.role == WEIR_MAY_OPEN && all &&
			   weir_is_full(endpoint, account->flows, all->flows)) {
			weir_judge_as(work, endpoint, !opener);
			if (weir_passes(work->decision.verdict))
				weir_drop(work, WEIR_DROP_QUOTA);
			else
				work->decision = first;
		}
	}
	if (!opens || work->packet.role == WEIR_REPLIES)
		work->decision.log = 0; /* not new, or it began before we looked */
	if (opens && weir_passes(work->decision.verdict) && !weir_may_open(work, endpoint, account)) {
		weir_drop(work, WEIR_DROP_RATE);
		return 0;
	}

	if (work->asking)
		return 0;
	if (!strange)
		weir_remember(work, endpoint, account, flow, opener);
	else if (weir_passes(work->decision.verdict)) /* it has no place in the table beside the other */
		weir_count_untracked(work, endpoint, account);
	return 0;
}

#endif
