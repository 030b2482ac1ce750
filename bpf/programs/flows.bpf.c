// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Takes over flows of maps of an older layout, one a call, as a syscall program of the agent that finds such maps: at first
 * while the programs of the older layout still count into them, so that none is missed when those of this one take their
 * place; then, once they count no more, with what they have counted. Each call is whole: whenever the agent is killed, each
 * count is in one of both maps. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "weir/abi.h"
#include "weir/maps.h"

/* Stands for the map that the agent puts in its place. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
} older SEC(".maps");

_Static_assert(sizeof(struct weir_flow_key) <= sizeof(((struct weir_taken_flow *)0)->key), "it holds a key");
_Static_assert(sizeof(struct weir_flow) <= sizeof(((struct weir_taken_flow *)0)->flow), "it holds a flow");

static __always_inline void add_to(struct weir_account *account, __u64 flows)
{
	if (account)
		__sync_fetch_and_add(&account->flows, flows);
}

/* An entry is accounted for before it is there: whoever deletes it takes it off again. */
static __always_inline void account_for(struct weir_endpoint *endpoint, __u64 flows)
{
	__u32 all = 0;

	if (endpoint)
		add_to(bpf_map_lookup_elem(&weir_accounts, &endpoint->namespace_number), flows);
	add_to(bpf_map_lookup_elem(&weir_accounts, &all), flows);
}

SEC("syscall")
int weir_take_flow(struct weir_taken_flow *taken)
{
	struct weir_endpoint *endpoint;
	struct weir_flow *there, flow;
	struct weir_flow_key key;
	__u8 older_key[sizeof(taken->older_key)]; /* the verifier takes no key that lies in an argument */
	__u32 slot;

	__builtin_memcpy(&key, taken->key, sizeof(key));
	__builtin_memcpy(&flow, taken->flow, sizeof(flow));
	slot = flow.slot;
	endpoint = bpf_map_lookup_elem(&weir_endpoints, &slot);
	account_for(endpoint, 1);
	taken->inserted = !bpf_map_update_elem(&weir_flows, &key, &flow, BPF_NOEXIST);
	if (!taken->inserted)
		account_for(endpoint, -1);
	else if (endpoint)
		__sync_fetch_and_add(&endpoint->flows_opened, 1);
	if (!taken->last)
		return 0;

	/* That it was opened is among the sums of its endpoint, which are yet to come; it was counted here too, when it came, or
	 * by the programs of this layout, when they opened it for another packet. If it found no room, it is over. */
	there = bpf_map_lookup_elem(&weir_flows, &key);
	if (endpoint && there)
		__sync_fetch_and_add(&endpoint->flows_opened, -1);
	else if (endpoint)
		__sync_fetch_and_add(&endpoint->flows_closed, 1);
	for (int direction = 0; there && !taken->inserted && direction < 2; direction++) {
		__sync_fetch_and_add(&there->packets[direction], flow.packets[direction]);
		__sync_fetch_and_add(&there->credited[direction], flow.credited[direction]); /* first: weir/peers.h */
		__sync_fetch_and_add(&there->bytes[direction], flow.bytes[direction]);
	}
	__builtin_memcpy(older_key, taken->older_key, sizeof(older_key));
	bpf_map_delete_elem(&older, older_key);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
