/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What a flow is made of: the decision about a packet, how the flow keeps it, and how it is counted. */
#ifndef WEIR_FLOW_H
#define WEIR_FLOW_H

#include "weir/abi.h"
#include "weir/maps.h"
#include "weir/packet.h"

/* Whether the packet is of a TCP flow that passed until a policy with on-change: reset changed. */
enum weir_cut {
	WEIR_NOT_CUT = 0,
	WEIR_CUT_BEFORE = 1,
	WEIR_CUT_NOW = 2, /* it is the first that met the change */
};

/* What was decided, and where finish() counts it. */
struct weir_decision {
	__u32 slot;
	__u32 cell;	/* 0: no rule decided, outcome says what did */
	__u8 verdict;	/* enum weir_verdict */
	__u8 outcome;	/* enum weir_outcome */
	__u8 on_change; /* enum weir_on_change of the rule's policy */
	__u8 audit;	/* whether that policy is in audit mode */
	__u8 cut;	/* enum weir_cut */
	__u8 foreign;	/* the endpoint does not hold the inside address */
	__u8 log;	/* it passes, opens a flow, and that is an event */
	__u8 guessed;	/* either side may have opened the flow */
};

/* What the entry point hands to the functions below; one struct, so that they take few arguments. */
struct weir_work {
	struct weir_packet packet;
	struct weir_decision decision;
	__u32 epoch; /* that this packet is judged in */
	__u32 from; /* ifindex of the device or bridge beyond which its other end is, as far as that is known; else 0 */
	struct weir_size size;
	__u8 asking;  /* only the decision is wanted: no map is changed */
	__u8 basis;   /* enum weir_basis, for who asks */
	__u8 known;   /* for who asks: it is of a flow that is there, which counts it whatever the verdict */
	__u8 unknown; /* there was no flow of it a moment ago: it need not be looked for */
	__u8 unread;  /* its headers do not lie where they can be read; counts as malformed if nobody reads them else */
	__u16 peer;   /* who holds the outside address, as weir_flow has it; 0: not looked for yet */
};

#define WEIR_GUESSED (1ULL << 30) /* in weir_flow.judgement */

static __always_inline __u64 weir_judgement(__u32 epoch, const struct weir_decision *decision)
{
	return (__u64)epoch << 32 | (__u32)(decision->foreign & 1) << 31 | (decision->guessed ? WEIR_GUESSED : 0) |
	       (__u32)(decision->on_change & 0x3) << 28 | (__u32)(decision->verdict & 0xf) << 24 | decision->cell;
}

static __always_inline __u32 weir_judged_epoch(__u64 judgement)
{
	return judgement >> 32;
}

static __always_inline __u8 weir_judged_on_change(__u64 judgement)
{
	return judgement >> 28 & 0x3;
}

static __always_inline int weir_judged_guessed(__u64 judgement)
{
	return !!(judgement & WEIR_GUESSED);
}

static __always_inline int weir_judged_foreign(__u64 judgement)
{
	return judgement >> 31 & 1;
}

static __always_inline __u8 weir_judged_verdict(__u64 judgement)
{
	return judgement >> 24 & 0xf;
}

static __always_inline __u32 weir_judged_cell(__u64 judgement)
{
	return judgement & 0xffffff;
}

/* Whether a packet with this verdict goes on: WEIR_ALLOW and WEIR_AUDIT. */
static __always_inline int weir_passes(__u8 verdict)
{
	return verdict & 1;
}

static __always_inline __u8 weir_state_of(const struct weir_flow *flow)
{
	return flow->state & WEIR_FLOW_STATE_BITS;
}

/* By which way a packet came that enters an endpoint, as a flow keeps it. */
static __always_inline __u16 weir_from(__u32 from)
{
	return WEIR_FROM_KNOWN | (from & WEIR_FROM_BITS);
}

/* Takes one from an allowance that grows steadily: `due` is when the last one granted would have been due at that pace, and
 * may lie ahead by the burst. */
static __always_inline int weir_grant(__u64 *due_ns, __u64 now, __u64 interval_ns, __u64 burst_ns)
{
	for (int i = 0; i < 4; i++) {
		__u64 due = *(volatile __u64 *)due_ns, from = due > now ? due : now;

		if (from - now + interval_ns > burst_ns)
			return 0;
		if (__sync_val_compare_and_swap(due_ns, due, from + interval_ns) == due)
			return 1;
	}
	return 0;
}

/* The handshake of a flow is over: keeps how long it took. */
static __always_inline void weir_time_handshake(struct weir_flow *flow)
{
	__u64 us = (bpf_ktime_get_ns() - flow->opened_ns) / 1000, bound = WEIR_HANDSHAKE_FIRST_US;
	__u32 slot = flow->slot, bucket = 0, opener = flow->opener & 1;
	struct weir_handshakes *handshakes = bpf_map_lookup_elem(&weir_handshakes, &slot);

	if (us > 0xffffffff)
		us = 0xffffffff;
	flow->handshake_us = us ? us : 1;
	if (!handshakes)
		return;
	for (; bucket < WEIR_HANDSHAKE_BUCKETS - 1 && us >= bound; bucket++)
		bound *= 2;
	__sync_fetch_and_add(&handshakes->count[opener][bucket & (WEIR_HANDSHAKE_BUCKETS - 1)], 1);
	__sync_fetch_and_add(&handshakes->sum_us[opener], us);
}

/* Makes a flow of a new conversation out of one that is over: its ports are used again. In place, because a program that has
 * just found the old one may still count into it. */
static __always_inline void weir_renew(struct weir_flow *flow, __u8 opener)
{
	__u32 slot = flow->slot;
	struct weir_endpoint *endpoint = bpf_map_lookup_elem(&weir_endpoints, &slot);

	for (int direction = 0; direction < 2; direction++) {
		flow->packets[direction] = 0;
		/* in this order: weir/peers.h */
		__sync_fetch_and_add(&flow->credited[direction], -__sync_lock_test_and_set(&flow->bytes[direction], 0));
	}
	flow->opened_ns = bpf_ktime_get_ns();
	flow->opener = opener;
	__sync_fetch_and_and(&flow->judgement, ~WEIR_GUESSED);
	flow->state = WEIR_FLOW_NEW;
	flow->handshake_us = 0;
	if (endpoint) {
		__sync_fetch_and_add(&endpoint->flows_closed, 1);
		__sync_fetch_and_add(&endpoint->flows_opened, 1);
	}
}

/* Moves the state of a flow on by a packet that passes. */
__noinline int weir_advance(struct weir_flow *flow, struct weir_packet *packet)
{
	__u8 flags, direction, by_opener, state, fins;

	if (!flow || !packet)
		return 0;
	state = weir_state_of(flow);
	flags = packet->tcp_flags;
	direction = packet->direction & 1;
	by_opener = flow->opener == direction;
	if (flags & WEIR_TCP_RST) {
		flow->state = WEIR_FLOW_CLOSED;
	} else if (flags & WEIR_TCP_FIN) {
		fins = (flow->state >> WEIR_FLOW_FIN_SHIFT & 3) | 1 << direction;
		flow->state = (fins == 3 ? WEIR_FLOW_CLOSED : WEIR_FLOW_CLOSING) | fins << WEIR_FLOW_FIN_SHIFT;
	} else if (flow->state == WEIR_FLOW_CLOSING) {
		flow->state = WEIR_FLOW_ESTABLISHED; /* it was cut, and passes again */
	} else if (state == WEIR_FLOW_NEW) {
		if (!by_opener)
			flow->state = flags & WEIR_TCP_SYN ? WEIR_FLOW_ANSWERED : WEIR_FLOW_ESTABLISHED;
	} else if (state == WEIR_FLOW_ANSWERED) {
		if (by_opener && !(flags & WEIR_TCP_SYN)) {
			weir_time_handshake(flow);
			flow->state = WEIR_FLOW_ESTABLISHED;
		}
	} else if (state == WEIR_FLOW_ESTABLISHED && flags & WEIR_TCP_SYN) {
		/* One side has forgotten the connection and opens it again; it is another one once the other agrees. */
		if (by_opener) {
			flow->state |= WEIR_FLOW_REOPENING;
		} else if (flow->state & WEIR_FLOW_REOPENING && flags & WEIR_TCP_ACK) {
			weir_renew(flow, flow->opener);
			flow->state = WEIR_FLOW_ESTABLISHED;
		}
	}
	return 0;
}

static __always_inline void weir_add(struct weir_flow *flow, __u32 direction, const struct weir_size *size)
{
	__sync_fetch_and_add(&flow->packets[direction], size->packets);
	__sync_fetch_and_add(&flow->bytes[direction], size->bytes);
}

/* Keeps the flow from being idle. */
static __always_inline void weir_touch(struct weir_flow *flow)
{
	__u32 now = bpf_jiffies64();

	if (flow->seen != (now & ~WEIR_LIFE_BITS))
		*(volatile __u32 *)&flow->seen = now & ~WEIR_LIFE_BITS;
}

/* Counts the packet into its flow and moves the flow's state on. What a reload has cut is closing, and packets that go on
 * coming do not keep it from expiring, so that either side can open it anew. */
static __always_inline void weir_count_flow(struct weir_flow *flow, struct weir_work *work)
{
	if (weir_passes(work->decision.verdict) && !work->packet.quotes &&
	    (flow->state != WEIR_FLOW_ESTABLISHED ||
	     work->packet.tcp_flags & (WEIR_TCP_SYN | WEIR_TCP_FIN | WEIR_TCP_RST)))
		weir_advance(flow, &work->packet);
	if (weir_passes(work->decision.verdict)) {
		weir_add(flow, work->packet.direction & 1, &work->size);
		weir_touch(flow);
	} else {
		__sync_fetch_and_add(&flow->credited[work->packet.direction & 1],
				     work->size.bytes); /* first: weir/peers.h */
		weir_add(flow, work->packet.direction & 1, &work->size);
		flow->state = WEIR_FLOW_CLOSING;
	}
}

/* Whether a flow that was found is still one. weir_expire marks what is idle, waits until no program holds it that found it
 * before, and deletes what is still marked: so whoever finds the mark in time takes it off, and who does not leaves the
 * flow alone. */
static __always_inline int weir_revive(struct weir_flow *flow)
{
	__u32 seen = *(volatile __u32 *)&flow->seen, now = bpf_jiffies64();

	if ((seen & WEIR_LIFE_BITS) == WEIR_IDLE)
		__sync_val_compare_and_swap(&flow->seen, seen, now & ~WEIR_LIFE_BITS);
	return (*(volatile __u32 *)&flow->seen & WEIR_LIFE_BITS) != WEIR_GONE;
}

/* A new conversation on the ports of another: of one that has ended, or of one that the other side opened, or may have.
 * Without the second, a side that may not open would send anything in mid-stream first and its SYN afterwards. */
static __always_inline int weir_reopens(const struct weir_flow *flow, const struct weir_packet *packet)
{
	return packet->role == WEIR_OPENS &&
	       (flow->opener != packet->direction || weir_state_of(flow) == WEIR_FLOW_CLOSING ||
		weir_state_of(flow) == WEIR_FLOW_CLOSED);
}

#endif
