/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Who talks to whom, without an instruction more for packets of established flows: a flow counts its bytes and remembers its
 * peer, and weir_expire, which looks at each flow every few seconds anyway, credits the pair of namespace and peer (weir_peers)
 * with what has been added since. What belongs to no peer, or to one that is not known any more, is credited to the namespace
 * alone (weir_account.other_bytes).
 *
 * bytes - credited is what a pair is still to be credited with. Whoever takes it moves `credited` by compare-and-swap from the
 * value it reckoned with, so each byte is taken once, however many come at a time; who fails leaves it to who comes next. Others
 * only move both by the same amount, in an order in which the difference is never too large:
 * - a packet that is dropped is in `credited` before it is in `bytes`, so nobody is ever credited with it;
 * - a conversation that begins anew takes what was counted out of `bytes` first, and out of `credited` then: what was not
 *   credited yet is carried on.
 */
#ifndef WEIR_PEERS_H
#define WEIR_PEERS_H

#include <linux/types.h>

#include "weir/abi.h"

/* Takes the bytes of a flow that nobody was credited with yet. */
static __always_inline __u64 weir_take_uncredited(struct weir_flow *flow, __u32 direction)
{
	__u64 credited = *(volatile __u64 *)&flow->credited[direction]; /* read first: `bytes` grows meanwhile */
	__u64 amount = *(volatile __u64 *)&flow->bytes[direction] - credited;

	if ((__s64)amount <= 0)
		return 0;
	if (__sync_val_compare_and_swap(&flow->credited[direction], credited, credited + amount) != credited)
		return 0;
	return amount;
}

/* Credits them to no peer: the one that they were exchanged with is no longer the flow's, or is gone. */
static __always_inline void weir_credit_other(struct weir_flow *flow, struct weir_account *account)
{
	for (int direction = 0; direction < 2; direction++) {
		__u64 amount = weir_take_uncredited(flow, direction);

		if (amount)
			__sync_fetch_and_add(&account->other_bytes[direction], amount);
	}
}

#endif
