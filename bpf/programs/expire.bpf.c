// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Walks the flow table inside the kernel and deletes what is idle, or what belonged to a device that is gone. Run by the
 * agent, as a syscall program, every few seconds. */
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "weir/abi.h"
#include "weir/maps.h"

struct walk {
	struct weir_expire_args args;
	__u32 now; /* low bits of jiffies, as in struct weir_flow */
};

static __always_inline __u32 idle_limit(const struct weir_expire_args *args, const struct weir_flow_key *key,
					const struct weir_flow *flow)
{
	switch (key->protocol) {
	case IPPROTO_TCP:
		if (flow->state == WEIR_FLOW_CLOSING)
			return args->closing_jiffies;
		return flow->state == WEIR_FLOW_NEW ? args->opening_jiffies : args->tcp_jiffies;
	case IPPROTO_UDP:
		return args->udp_jiffies;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return args->icmp_jiffies;
	}
	return args->other_jiffies;
}

static long visit(void *map, struct weir_flow_key *key, struct weir_flow *flow, struct walk *walk)
{
	struct weir_endpoint *endpoint;
	__u32 slot = flow->slot;

	walk->args.visited++;
	if (walk->args.ifindex) {
		if (key->ifindex != walk->args.ifindex || key->vantage != walk->args.vantage)
			return 0;
	} else {
		/* signed: a packet may have come after `now` was read */
		__s32 idle = walk->now - flow->last_jiffies;

		if (idle < 0 || (__u32)idle <= idle_limit(&walk->args, key, flow))
			return 0;
	}
	if (bpf_map_delete_elem(map, key))
		return 0;
	walk->args.deleted++;
	endpoint = bpf_map_lookup_elem(&weir_endpoints, &slot);
	if (endpoint) {
		__sync_fetch_and_add(&endpoint->flows, -1);
		__sync_fetch_and_add(&endpoint->flows_closed, 1);
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
	walk.args.deleted = 0;
	bpf_for_each_map_elem(&weir_flows, visit, &walk, 0);
	args->visited = walk.args.visited;
	args->deleted = walk.args.deleted;
	args->now_jiffies = jiffies;
	args->now_ns = bpf_ktime_get_ns();
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
