// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The packet path on both TCX hooks of a host-side device. Its ingress hook sees what leaves the endpoint, its egress hook
 * what enters it. Allowed packets go on to programs of others (TCX_NEXT), the rest is dropped or answered.
 */
#include "weir/skb.h"
#include "weir/count.h"
#include "weir/event.h"
#include "weir/known.h"
#include "weir/path.h"
#include "weir/reject.h"

const volatile struct weir_settings settings = {};

/* The only end of every path: counts the packet in exactly one place, tells of it if it is to, and turns the verdict into the hook's answer. */
static __always_inline int finish(struct __sk_buff *skb, struct weir_work *work)
{
	if (weir_count(work)) {
		if (weir_passes(work->decision.verdict)) {
			if (work->decision.log)
				weir_tell(work);
			return WEIR_TCX_NEXT;
		}
		weir_tell(work);
		if (work->decision.verdict == WEIR_REJECT || work->decision.cut)
			return weir_refuse(skb, work, settings.secret);
		return WEIR_TCX_DROP;
	}
	if (work->decision.outcome == WEIR_PASS || work->decision.outcome == WEIR_ANSWER)
		return WEIR_TCX_NEXT;
	weir_tell(work);
	return WEIR_TCX_DROP;
}

static __always_inline int handle(struct __sk_buff *skb, __u32 direction)
{
	struct weir_work work;
	enum weir_short known;
	__u32 epoch;

	if (weir_is_answer(skb, &settings)) {
		__builtin_memset(&work, 0, sizeof(work));
		weir_begin(&work.packet, direction, skb->ifindex, settings.vantage);
		work.size = weir_measure(skb, 0);
		weir_endpoint_of(&work);
		work.decision.outcome = WEIR_ANSWER;
		return finish(skb, &work);
	}
	epoch = weir_choose_epoch(skb, direction, &settings);
	known = weir_pass_known(skb, direction, epoch, &settings, &work.packet.key);
	if (known == WEIR_PASSED)
		return WEIR_TCX_NEXT;
	__builtin_memset(&work, 0, sizeof(work));
	work.unknown = known == WEIR_NO_FLOW;
	weir_path(skb, &work, direction, epoch, &settings, 0);
	return finish(skb, &work);
}

SEC("tc")
int weir_tcx_in(struct __sk_buff *skb)
{
	return handle(skb, WEIR_EGRESS);
}

SEC("tc")
int weir_tcx_eg(struct __sk_buff *skb)
{
	return handle(skb, WEIR_INGRESS);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
