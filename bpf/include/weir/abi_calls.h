/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What programs are told, and answer, that the agent calls and no packet: the part of abi.h that is in no map. */
#ifndef WEIR_ABI_CALLS_H
#define WEIR_ABI_CALLS_H

#include <linux/types.h>

/* Argument of the syscall program weir_expire. */
struct weir_expire_args {
	__u32 tcp_jiffies; /* idle limits, in jiffies, at most 2^31 - 1 */
	__u32 udp_jiffies;
	__u32 icmp_jiffies;
	__u32 other_jiffies;
	__u32 opening_jiffies; /* TCP whose handshake is not over */
	__u32 closing_jiffies; /* TCP after a FIN */
	__u32 closed_jiffies;  /* TCP after both FINs or a RST */
	__u32 ifindex;	       /* not 0: delete every flow of this device and of no other */
	__u32 vantage;
	__u32 told_jiffies; /* what was idle for so long has been exported as it is; 0: whatever it is, nobody exports it */
	__u32 visited;	    /* out */
	__u32 marked;	    /* out: found idle; the next run deletes them */
	__u32 deleted;	    /* out */
	__u32 untold;	    /* out: deleted, not exported, and weir_ended had no room for them */
	__u64 now_jiffies; /* out: the jiffies that last_jiffies is measured in */
	__u64 now_ns;	   /* out: CLOCK_MONOTONIC at the same moment */
};
_Static_assert(sizeof(struct weir_expire_args) == 72, "mirrored by ExpireArgs.java");

/* Argument of the syscall program weir_take_flow: a flow of maps of an older layout, as this one has it. */
struct weir_taken_flow {
	__u8 flow[128];	    /* struct weir_flow */
	__u8 key[64];	    /* struct weir_flow_key */
	__u8 older_key[64]; /* as the older map has it */
	__u32 last;	    /* whether it counts no more: what it has counted is added, and the older entry deleted */
	__u32 inserted;	    /* out: whether it was not there yet */
};
_Static_assert(sizeof(struct weir_taken_flow) == 264, "mirrored by TakenFlow.java");

/* Where a sum stands in an element of an older array, and in one of this. */
struct weir_sum_place {
	__u32 older;
	__u32 bytes; /* that it takes there: 4 or 8 */
	__u32 newer;
};
_Static_assert(sizeof(struct weir_sum_place) == 12, "mirrored by SumPlaces.java");

/* Load-time constants of weir_take_sums. */
#define WEIR_MAX_SUMS 64
struct weir_sum_places {
	__u32 per_cpu; /* whether the older array has an element for each CPU */
	__u32 count;
	struct weir_sum_place place[WEIR_MAX_SUMS];
};
_Static_assert(sizeof(struct weir_sum_places) == 776, "mirrored by SumPlaces.java");

/* What an answer of weir_why stands on. */
enum weir_basis {
	WEIR_BASIS_RULES = 0,  /* judged anew */
	WEIR_BASIS_CACHED = 1, /* the verdict that a live flow was given in this epoch */
	WEIR_BASIS_KEPT = 2,   /* the verdict of a live flow from before the policies changed (WEIR_KEEP) */
};

/* Answer of weir_why_in and weir_why_eg, in skb->cb, which a test run returns: what the packet path would do. */
struct weir_answer {
	__u32 epoch;   /* that the packet was judged in */
	__u32 slot;    /* of weir_endpoints; 0: no endpoint is known for the device */
	__u32 cell;    /* where a rule decided: its counter */
	__u8 decided;  /* whether a rule or default did; else `outcome` says what */
	__u8 verdict;  /* enum weir_verdict, where a rule decided */
	__u8 outcome;  /* enum weir_outcome, where none did */
	__u8 basis;    /* enum weir_basis */
	__u8 protocol; /* that was judged: behind extension headers, or of the flow that an ICMP error quotes */
	__u8 quotes;   /* whether it was judged as a packet of that flow */
	__u8 pad[2];
};
_Static_assert(sizeof(struct weir_answer) == 20, "mirrored by Answer.java");

#endif
