/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The way of a packet from the wire to its decision, the same for every program that judges one. */
#ifndef WEIR_PATH_H
#define WEIR_PATH_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "weir/abi.h"
#include "weir/flow.h"
#include "weir/follow.h"
#include "weir/guard.h"
#include "weir/judge.h"
#include "weir/maps.h"
#include "weir/parse.h"

#define WEIR_STAMPED 0x8000 /* the other bits are the low ones of an epoch */
#define WEIR_STAMP_BITS 0x7fff
#define WEIR_MAX_PULLS 2

/* Whether a packet that leaves a device may have been stamped on its way there. What a namespace sends may not, but a bridge is
 * passed on what its ports have seen. */
__noinline int weir_may_be_stamped(__u32 ifindex, __u32 vantage)
{
	struct weir_device_key device = { .ifindex = ifindex, .vantage = vantage };
	__u32 *slot = bpf_map_lookup_elem(&weir_devices, &device);
	struct weir_endpoint *endpoint = slot ? bpf_map_lookup_elem(&weir_endpoints, slot) : 0;

	return endpoint && !endpoint->namespace_inode;
}

/*
 * The epoch to judge by. A packet is stamped with it at the first device that judges it, and over whatever it carried where it
 * enters the host from a namespace. A stamp of the epoch before this one is followed while that is still kept, so that all
 * devices on its way judge by the same generation.
 */
static __always_inline __u32 weir_choose_epoch(struct weir_context *ctx, __u32 direction,
					       const volatile struct weir_settings *settings)
{
	__u32 zero = 0, epoch;
	struct weir_state *state = bpf_map_lookup_elem(&weir_state, &zero);

	if (!state)
		return 0; /* not reached: the array has this element */
	epoch = *(const volatile __u32 *)&state->epoch;
	if (weir_stamp(ctx) == (WEIR_STAMPED | ((epoch - 1) & WEIR_STAMP_BITS)) &&
	    *(const volatile __u32 *)&state->oldest != epoch &&
	    (direction == WEIR_INGRESS || weir_may_be_stamped(weir_device(ctx), settings->vantage)))
		return epoch - 1;
	weir_set_stamp(ctx, WEIR_STAMPED | (epoch & WEIR_STAMP_BITS));
	return epoch;
}

/* What is known of a packet before it is parsed. All else in it is zero. */
static __always_inline void weir_begin(struct weir_packet *packet, __u32 direction, __u32 ifindex, __u32 vantage)
{
	packet->direction = direction;
	packet->key.ifindex = ifindex;
	packet->key.vantage = vantage;
}

/* Parses a packet that cannot be read directly up to the end of its headers, after more of it was pulled in: first what most
 * packets need, then what this one turned out to have before its transport header. */
__noinline int weir_parse_pulled(struct weir_context *ctx, struct weir_packet *packet, __u32 other_l2)
{
	if (!packet)
		return WEIR_PARSE_SHORT;
	for (int i = 0; i < WEIR_MAX_PULLS; i++) {
		__u32 wanted = packet->l4 + WEIR_PULL_BYTES, ifindex = packet->key.ifindex;
		__u16 vantage = packet->key.vantage;
		__u8 direction = packet->direction;
		int parsed;

		__builtin_memset(packet, 0, sizeof(*packet));
		weir_begin(packet, direction, ifindex, vantage);
		if (weir_pull(ctx, wanted < weir_length(ctx) ? wanted : weir_length(ctx)))
			break;
		parsed = weir_parse(ctx, packet, other_l2);
		if (parsed != WEIR_PARSE_SHORT)
			return parsed;
	}
	return WEIR_PARSE_SHORT;
}

/* Whether the verdict that a flow was given holds for this packet too. */
static __always_inline int weir_is_judged(const struct weir_flow *flow, const struct weir_work *work)
{
	__u64 judgement = *(const volatile __u64 *)&flow->judgement;

	if (weir_judged_epoch(judgement) != work->epoch || weir_reopens(flow, &work->packet))
		return 0;
	if (weir_judged_guessed(judgement) && !weir_passes(weir_judged_verdict(judgement)))
		return 0; /* the other side may be who opened it */
	if (*(const volatile __u32 *)&flow->seen & WEIR_LIFE_BITS)
		return 0;
	if (work->packet.direction == WEIR_EGRESS)
		return !weir_judged_foreign(judgement);
	return work->asking || flow->from == weir_from(work->from); /* a question does not say by which way */
}

/* Follows a packet of a device to its decision in an epoch. With `asking` it only says what would be decided: no map is
 * changed. */
static __always_inline void weir_path(struct weir_context *ctx, struct weir_work *work, __u32 direction, __u32 epoch,
				      const volatile struct weir_settings *settings, __u8 asking)
{
	struct weir_flow *flow;
	enum weir_parse parsed;

	work->asking = asking;
	work->from = direction == WEIR_INGRESS ? weir_source_device(ctx) : 0;
	weir_begin(&work->packet, direction, weir_device(ctx), settings->vantage);
	work->decision.outcome = WEIR_DROP_POLICY;
	work->epoch = epoch;

	parsed = weir_parse(ctx, &work->packet, settings->other_l2);
	if (parsed == WEIR_PARSE_SHORT)
		parsed = weir_parse_pulled(ctx, &work->packet, settings->other_l2);
	if (parsed == WEIR_PARSE_SHORT) {
		work->unread = 1;
		parsed = weir_decided(&work->packet, WEIR_DROP_MALFORMED);
	}
	work->size = weir_measure(ctx, work->packet.headers);

	if (parsed == WEIR_PARSE_FLOW && work->packet.fragmentation) {
		work->packet.outcome = weir_defragment(work);
		if (work->packet.outcome != WEIR_PASS)
			parsed = WEIR_PARSE_DECIDED;
	}
	if (parsed == WEIR_PARSE_FLOW && work->packet.quotes) {
		work->packet.outcome = weir_follow_quote(ctx, work);
		if (work->packet.outcome != WEIR_PASS)
			parsed = WEIR_PARSE_DECIDED;
	}
	if (parsed == WEIR_PARSE_DECIDED) {
		weir_decide_unruled(ctx, work);
		return;
	}

	flow = work->unknown ? 0 : bpf_map_lookup_elem(&weir_flows, &work->packet.key);
	if (asking)
		work->known = flow && !weir_reopens(flow, &work->packet);
	if (flow && weir_is_judged(flow, work)) {
		__u64 judgement = *(volatile __u64 *)&flow->judgement;
		__u32 slot = flow->slot;
		struct weir_endpoint *endpoint;

		work->decision.slot = slot;
		if (direction == WEIR_EGRESS) {
			endpoint = bpf_map_lookup_elem(&weir_endpoints, &slot);
			if (endpoint && weir_forges_mac(endpoint, &work->packet)) {
				work->decision.outcome = WEIR_DROP_SPOOF;
				return;
			}
		}
		work->decision.cell = weir_judged_cell(judgement);
		work->decision.verdict = weir_judged_verdict(judgement);
		if (!weir_passes(work->decision.verdict) && weir_judged_on_change(judgement) == WEIR_RESET)
			work->decision.cut = WEIR_CUT_BEFORE;
		if (asking)
			work->basis = WEIR_BASIS_CACHED;
		else
			weir_count_flow(flow, work);
		return;
	}
	weir_judge(work, flow);
}

#endif
