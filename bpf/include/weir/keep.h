/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Keeps the flow table: opens flows within their namespaces' quotas, and writes into them what was decided. */
#ifndef WEIR_KEEP_H
#define WEIR_KEEP_H

#include <linux/in.h>
#include <bpf/bpf_helpers.h>

#include "weir/abi.h"
#include "weir/decide.h"
#include "weir/flow.h"
#include "weir/maps.h"
#include "weir/packet.h"
#include "weir/peers.h"

#define WEIR_EEXIST 17

/* Whether a namespace that has so many flows, of so many of all, may not have another. */
static __always_inline int weir_is_full(const struct weir_endpoint *endpoint, __u64 flows, __u64 all)
{
	__u32 zero = 0;
	struct weir_state *state = bpf_map_lookup_elem(&weir_state, &zero);

	if (!state || flows >= endpoint->flow_quota)
		return 1;
	return flows >= state->flow_share && all >= state->flow_room;
}

/* Whether the namespace may not have another flow now. */
static __always_inline int weir_is_full_now(const struct weir_endpoint *endpoint, const struct weir_account *account)
{
	__u32 zero = 0;
	const struct weir_account *all = bpf_map_lookup_elem(&weir_accounts, &zero);

	return all && weir_is_full(endpoint, account->flows, all->flows);
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

/* Who was taken for the opener may not have been: then the other side was, and this one has answered. Written before the judgement
 * and read after it, so that who finds a judgement finds its opener. */
static __always_inline void weir_set_opener(struct weir_flow *flow, __u8 opener)
{
	if (flow->opener == opener)
		return;
	flow->opener = opener;
	if (weir_state_of(flow) == WEIR_FLOW_NEW)
		flow->state = WEIR_FLOW_ESTABLISHED;
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
		weir_set_opener(flow, opener);
		*(volatile __u64 *)&flow->judgement = weir_judgement(work->epoch, &work->decision);
	}
	weir_count_flow(flow, work);
}

#endif
