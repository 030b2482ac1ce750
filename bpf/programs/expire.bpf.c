// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Walks the flow table inside the kernel and deletes what is idle, or what belonged to a device that is gone. Run by the
 * agent, as a syscall program, every few seconds. What is idle is marked by one run and deleted by the next, before which the
 * agent waits until every program that was running has ended: none then holds a flow that it found unmarked, and one that
 * finds the mark takes it off first (weir_revive). So no flow goes while a packet is counted into it.
 *
 * Where flows are exported, what a flow has counted since it was exported last is in nobody's hands once it is deleted: so it is
 * put into a ring first, unless the agent says that it has told it all. */
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "weir/abi.h"
#include "weir/maps.h"

/* Flows that were deleted, as they were.
 * Written by weir_expire, read and taken out by the agent that exports flows.
 * Not pinned: it comes and goes with the agent, which makes it a page small where it exports nothing. When it is full, flows go
 * all the same and are counted. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} weir_ended SEC(".maps");

struct walk {
	struct weir_expire_args args;
	__u32 now; /* low bits of jiffies, as in struct weir_flow */
};

static __always_inline __u32 idle_limit(const struct weir_expire_args *args, const struct weir_flow_key *key,
					const struct weir_flow *flow)
{
	switch (key->protocol) {
	case IPPROTO_TCP:
		switch (flow->state & WEIR_FLOW_STATE_BITS) {
		case WEIR_FLOW_NEW:
		case WEIR_FLOW_ANSWERED:
			return args->opening_jiffies;
		case WEIR_FLOW_CLOSING:
			return args->closing_jiffies;
		case WEIR_FLOW_CLOSED:
			return args->closed_jiffies;
		}
		return args->tcp_jiffies;
	case IPPROTO_UDP:
		return args->udp_jiffies;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return args->icmp_jiffies;
	}
	return args->other_jiffies;
}

/* Whether the flow is to be deleted now; else marks it, if it is idle. */
static __always_inline int is_over(const struct weir_flow_key *key, struct weir_flow *flow, struct walk *walk)
{
	__u32 seen = *(volatile __u32 *)&flow->seen;
	/* signed: a packet may have come after `now` was read */
	__s32 idle = walk->now - (seen & ~WEIR_LIFE_BITS);
	__u32 life = seen & WEIR_LIFE_BITS;

	if (life == WEIR_GONE)
		return 1; /* a run before this one ended in between */
	if (idle < 0 || (__u32)idle <= idle_limit(&walk->args, key, flow))
		return 0;
	if (life == WEIR_IDLE)
		return __sync_val_compare_and_swap(&flow->seen, seen, (seen & ~WEIR_LIFE_BITS) | WEIR_GONE) == seen;
	if (__sync_val_compare_and_swap(&flow->seen, seen, seen | WEIR_IDLE) == seen)
		walk->args.marked++;
	return 0;
}

/* Whether somebody exports flows and has not told this one to the last packet. Packets that do not pass leave no trace of
 * when they came, so what they have counted may be news whenever it was. */
static __always_inline int is_news(const struct weir_flow *flow, const struct walk *walk)
{
	__s32 idle = walk->now - (flow->seen & ~WEIR_LIFE_BITS);
	int passes = flow->judgement >> 24 & 1; /* weir_judgement and weir_passes in flow.h */

	if (!walk->args.told_jiffies)
		return 0;
	return idle < 0 || (__u32)idle < walk->args.told_jiffies || !passes;
}

/* Copies a flow that is about to be deleted: it must not be looked at after that, when its place may be another's. */
static __always_inline struct weir_ended_flow *remember(const struct weir_flow_key *key, const struct weir_flow *flow,
							struct walk *walk)
{
	struct weir_ended_flow *ended = bpf_ringbuf_reserve(&weir_ended, sizeof(*ended), 0);

	if (!ended) {
		walk->args.untold++;
		return ended;
	}
	ended->key = *key;
	ended->purged = walk->args.ifindex != 0;
	ended->flow = *flow;
	return ended;
}

static __always_inline void take_off(struct weir_account *account)
{
	if (account)
		__sync_fetch_and_add(&account->flows, -1);
}

static long visit(void *map, struct weir_flow_key *key, struct weir_flow *flow, struct walk *walk)
{
	struct weir_ended_flow *ended = 0;
	struct weir_endpoint *endpoint;
	__u32 slot = flow->slot, all = 0;

	walk->args.visited++;
	if (walk->args.ifindex) {
		if (key->ifindex != walk->args.ifindex || key->vantage != walk->args.vantage)
			return 0;
	} else if (!is_over(key, flow, walk)) {
		return 0;
	}
	if (is_news(flow, walk))
		ended = remember(key, flow, walk);
	if (bpf_map_delete_elem(map, key)) {
		if (ended)
			bpf_ringbuf_discard(ended, 0);
		return 0;
	}
	if (ended)
		bpf_ringbuf_submit(ended, 0);
	walk->args.deleted++;
	endpoint = bpf_map_lookup_elem(&weir_endpoints, &slot);
	if (endpoint) {
		__sync_fetch_and_add(&endpoint->flows_closed, 1);
		take_off(bpf_map_lookup_elem(&weir_accounts, &endpoint->namespace_number));
		take_off(bpf_map_lookup_elem(&weir_accounts, &all));
	}
	return 0;
}

SEC("syscall")
int weir_expire(struct weir_expire_args *args)
{
	struct walk walk = { .args = *args };
	__u64 jiffies = bpf_jiffies64();

	walk.now = jiffies;
	walk.args.visited = 0;
	walk.args.marked = 0;
	walk.args.deleted = 0;
	walk.args.untold = 0;
	bpf_for_each_map_elem(&weir_flows, visit, &walk, 0);
	args->visited = walk.args.visited;
	args->marked = walk.args.marked;
	args->deleted = walk.args.deleted;
	args->untold = walk.args.untold;
	args->now_jiffies = jiffies;
	args->now_ns = bpf_ktime_get_ns();
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
