// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Reads a packet without a bounds check, which the verifier must refuse. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} unused SEC(".maps");

SEC("tc")
int fine(struct __sk_buff *skb)
{
	__u32 index = 0;

	return bpf_map_lookup_elem(&unused, &index) ? (int)skb->len : 0;
}

SEC("tc")
int careless(struct __sk_buff *skb)
{
	return *(__u8 *)(long)skb->data;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
