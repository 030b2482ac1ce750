/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Judges packets whose flow is unknown or was judged in another epoch. Off the hot path. */
#ifndef WEIR_JUDGE_H
#define WEIR_JUDGE_H

#include "weir/abi.h"
#include "weir/decide.h"
#include "weir/flow.h"
#include "weir/guard.h"
#include "weir/keep.h"
#include "weir/maps.h"
#include "weir/packet.h"

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

/* Whether the other side than `opener` may have opened the flow of this packet. In a flow that was met in mid-stream, that is
 * whoever has sent anything; a packet that opens a connection says itself whose that is. */
static __always_inline int weir_may_be_other(const struct weir_work *work, const struct weir_flow *flow, __u8 opener)
{
	__u8 other = !opener;

	if (work->packet.role != WEIR_MAY_OPEN)
		return work->packet.role == WEIR_REPLIES;
	return flow && (work->packet.direction == other || *(volatile __u64 *)&flow->packets[other]);
}

/* Judges a packet by who opened its flow. flow: what is known of it, and does not hold for this packet; or 0. */
__noinline int weir_judge(struct weir_work *work, struct weir_flow *flow)
{
	struct weir_endpoint *endpoint;
	struct weir_account *account;
	__u8 sender, opener, opens, guessed = 0, strange = 0;

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
	if (!opens) {
		guessed = weir_judged_guessed(*(volatile __u64 *)&flow->judgement);
		opener = *(volatile __u8 *)&flow->opener & 1;
	} else if ((work->packet.tcp_flags & (WEIR_TCP_SYN | WEIR_TCP_ACK)) == (WEIR_TCP_SYN | WEIR_TCP_ACK)) {
		opener = !sender; /* answers a SYN that passed before we looked */
	} else {
		guessed = work->packet.role == WEIR_REPLIES;
	}
	if (opens || !weir_keep(work, endpoint, flow))
		weir_judge_as(work, endpoint, opener);

	/* In mid-stream nothing says who opened: after an attach to a live host, or where a flow could not be kept, the
	 * packet passes if either side may have, and a policy in audit mode only tells of what neither may. It is no
	 * opening itself, so nothing new can come of it. Of other packets that only a reply could be, as much is told
	 * where flows are not kept any more. */
	if ((!flow || guessed) && work->decision.verdict != WEIR_ALLOW &&
	    (work->packet.role == WEIR_REPLIES || !weir_passes(work->decision.verdict))) {
		int may_be_other = weir_may_be_other(work, flow, opener);

		if (may_be_other ||
		    (!flow && work->packet.role == WEIR_MAY_OPEN && weir_is_full_now(endpoint, account))) {
			const struct weir_decision first = work->decision;

			weir_judge_as(work, endpoint, !opener);
			if (may_be_other && weir_prefers(&work->decision, &first))
				opener = !opener;
			else if (!may_be_other && weir_passes(work->decision.verdict))
				weir_drop(work, WEIR_DROP_QUOTA);
			else
				work->decision = first;
		}
	}
	if (!opens || work->packet.role != WEIR_MAY_OPEN)
		work->decision.guessed = guessed; /* else the rule says it */
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
