// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Puts a question to the live maps: follows a packet to its decision exactly as the attached programs do, changes no map, and
 * writes the answer where a test run returns it. Loaded by `weir why`, attached nowhere.
 */
#include "weir/skb.h"
#include "weir/path.h"

const volatile struct weir_settings settings = {};

static __always_inline int answer(struct __sk_buff *skb, __u32 direction)
{
	struct weir_work work = {};
	struct weir_answer said = {};
	const __u32 *word = (const __u32 *)&said;

	weir_path(skb, &work, direction, weir_choose_epoch(skb, direction, &settings), &settings, 1);
	said.epoch = work.epoch;
	said.slot = work.decision.slot;
	said.cell = work.decision.cell;
	said.decided = work.decision.cell != 0;
	said.verdict = work.decision.verdict;
	said.outcome = work.decision.outcome;
	said.basis = work.basis;
	said.protocol = work.packet.key.protocol;
	said.quotes = work.packet.quotes;

	_Static_assert(sizeof(said) == sizeof(skb->cb), "the answer fills skb->cb");
	skb->cb[0] = word[0];
	skb->cb[1] = word[1];
	skb->cb[2] = word[2];
	skb->cb[3] = word[3];
	skb->cb[4] = word[4];
	return 0;
}

SEC("tc")
int weir_why_in(struct __sk_buff *skb)
{
	return answer(skb, WEIR_EGRESS);
}

SEC("tc")
int weir_why_eg(struct __sk_buff *skb)
{
	return answer(skb, WEIR_INGRESS);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
