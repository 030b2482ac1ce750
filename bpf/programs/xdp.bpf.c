// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * In front of the packet path, in the driver of a device: what leaves an endpoint is put the question that the program at the
 * TCX hook will be put, and what would be dropped without an answer and without a trace is dropped here, before the kernel
 * makes an skb of it, and counted and told as it would have been there. All else goes on to that program, which decides as if this one
 * were not there: nothing else is written here.
 */
#include "weir/xdp.h"
#include "weir/count.h"
#include "weir/event.h"
#include "weir/path.h"

const volatile struct weir_settings settings = {};

/* Whether the drop of this packet changes nothing but one counter. What a rule denies of a flow is counted there too, what a
 * rule rejects is answered, and a first fragment is remembered, so that the later ones become what it became. */
static __always_inline int drops_here(const struct weir_work *work)
{
	if (work->unread || work->packet.fragmentation == WEIR_FIRST)
		return 0;
	if (work->decision.cell)
		return work->decision.verdict == WEIR_DENY && !work->known;
	return work->decision.outcome == WEIR_DROP_SPOOF || work->decision.outcome == WEIR_DROP_MALFORMED ||
	       work->decision.outcome == WEIR_DROP_EXTENSIONS || work->decision.outcome == WEIR_DROP_L2;
}

SEC("xdp.frags")
int weir_xdp(struct xdp_md *xdp)
{
	struct weir_work work = {};

	weir_path(xdp, &work, WEIR_EGRESS, weir_choose_epoch(xdp, WEIR_EGRESS, &settings), &settings, 1);
	if (!drops_here(&work))
		return XDP_PASS;
	weir_count(&work);
	weir_tell(&work);
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
