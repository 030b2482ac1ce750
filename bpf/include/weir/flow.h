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
	__u8 pad[3];
};

/* What the entry point hands to the functions below; one struct, so that they take few arguments. */
struct weir_work {
	struct weir_packet packet;
	struct weir_decision decision;
	__u32 epoch;   /* that this packet is judged in */
	__u32 packets; /* 1, or the segments of a super-packet */
	__u64 bytes;   /* as on the wire */
	__u8 asking;   /* only the decision is wanted: no map is changed */
	__u8 basis;    /* enum weir_basis, for who asks */
	__u8 pad[6];
};

static __always_inline __u64 weir_judgement(__u32 epoch, const struct weir_decision *decision)
{
	return (__u64)epoch << 32 | (__u32)(decision->on_change & 0xf) << 28 | (__u32)(decision->verdict & 0xf) << 24 |
	       decision->cell;
}

static __always_inline __u32 weir_judged_epoch(__u64 judgement)
{
	return judgement >> 32;
}

static __always_inline __u8 weir_judged_on_change(__u64 judgement)
{
	return judgement >> 28 & 0xf;
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

/* Counts the packet into its flow and moves the flow's state on. What a reload has cut is closing, and packets that go on
 * coming do not keep it from expiring, so that either side can open it anew. */
static __always_inline void weir_count_flow(struct weir_flow *flow, struct weir_work *work)
{
	__u32 direction = work->packet.direction & 1;

	__sync_fetch_and_add(&flow->packets[direction], work->packets);
	__sync_fetch_and_add(&flow->bytes[direction], work->bytes);
	if (!weir_passes(work->decision.verdict)) {
		flow->state = WEIR_FLOW_CLOSING;
		return;
	}
	flow->last_jiffies = bpf_jiffies64();
	if (work->packet.quotes)
		return; /* an error about the flow says nothing of who is alive */
	if (flow->state == WEIR_FLOW_NEW && flow->opener != direction)
		flow->state = WEIR_FLOW_ESTABLISHED;
	if (work->packet.tcp_flags & (WEIR_TCP_FIN | WEIR_TCP_RST))
		flow->state = WEIR_FLOW_CLOSING;
}

/* A new conversation on the ports of another: of one that has ended, or of one that the other side opened, or may have.
 * Without the second, a side that may not open would send anything in mid-stream first and its SYN afterwards. */
static __always_inline int weir_reopens(const struct weir_flow *flow, const struct weir_packet *packet)
{
	return packet->role == WEIR_OPENS && (flow->opener != packet->direction || flow->state == WEIR_FLOW_CLOSING);
}

#endif
