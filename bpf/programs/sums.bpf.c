// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Takes over what the programs of an older layout have counted in an array, once they count no more, while those of this one
 * count already. Run by an agent that finds such maps, as a syscall program: one call moves a whole array, for one CPU. So
 * whenever the agent is killed, each count is in one of both arrays. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "weir/abi.h"

/* Both stand for the arrays that the agent puts in their place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} older SEC(".maps"), newer SEC(".maps");

const volatile struct weir_sum_places places = {};

static long move(const void *map, const __u32 *index, const void *first, const __u32 *cpu)
{
	__u32 i = *index;
	void *from, *to;

	(void)map;
	(void)first; /* of an array with an element for each CPU: that of this one */
	from = places.per_cpu ? bpf_map_lookup_percpu_elem(&older, &i, *cpu) : bpf_map_lookup_elem(&older, &i);
	to = bpf_map_lookup_elem(&newer, &i);
	if (!from || !to)
		return 0;
	for (__u32 n = 0; n < WEIR_MAX_SUMS && n < places.count; n++) {
		__u64 *sum = to + places.place[n].newer;
		void *at = from + places.place[n].older;
		__u64 amount;

		if (places.place[n].bytes == sizeof(__u32)) {
			amount = *(__u32 *)at;
			*(__u32 *)at = 0;
		} else {
			amount = *(__u64 *)at;
			*(__u64 *)at = 0;
		}
		/* in one instruction: a program that counts into the same element may come in between */
		if (amount)
			__sync_fetch_and_add(sum, amount);
	}
	return 0;
}

SEC("syscall")
int weir_take_sums(__u32 *cpu)
{
	__u32 which = *cpu;

	bpf_for_each_map_elem(&older, move, &which, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
