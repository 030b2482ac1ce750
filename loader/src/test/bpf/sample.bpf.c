// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* One of each thing that the loader handles, for its tests. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TCX_NEXT -1
#define TCX_PASS 0
#define TCX_DROP 2

struct count {
	__u64 packets;
	__u64 bytes;
};

struct numbers {
	__u32 a;
	__u32 b;
};

/* Two words, as weir_settings. */
const volatile struct numbers settings;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 5);
	__type(key, __u32);
	__type(value, struct count);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u32[3]);
} shared SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

__u64 told;

static __always_inline void count(__u32 index, __u32 bytes)
{
	struct count *count = bpf_map_lookup_elem(&counts, &index);

	if (count) {
		count->packets++;
		count->bytes += bytes;
	}
}

SEC("tc")
int pass(struct __sk_buff *skb)
{
	count(1, skb->len);
	return TCX_NEXT;
}

/* Returns 1 when the ring had room. Every third record is given up, and every fourth is short. */
SEC("tc")
int tell(struct __sk_buff *skb)
{
	struct count *record;
	__u64 number = ++told;

	if (number % 4 == 0) {
		__u32 *brief = bpf_ringbuf_reserve(&ring, sizeof(*brief), 0);

		if (!brief)
			return 0;
		*brief = number;
		bpf_ringbuf_submit(brief, 0);
		return 1;
	}
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record)
		return 0;
	record->packets = number;
	record->bytes = skb->len;
	if (number % 3 == 0)
		bpf_ringbuf_discard(record, 0);
	else
		bpf_ringbuf_submit(record, 0);
	return 1;
}

SEC("tc")
int drop(struct __sk_buff *skb)
{
	count(1, skb->len);
	return TCX_DROP;
}

/* As a program of others may be: takes every packet, so that none behind it on the hook sees any. */
SEC("tc")
int take(struct __sk_buff *skb)
{
	count(2, skb->len);
	return TCX_PASS;
}

/* As a filter of others may be: counts the datagrams sent to two ports, and drops those to the second. The first two shared
 * words say which. */
SEC("tc")
int filter(struct __sk_buff *skb)
{
	__u32 index = 0;
	__u32 *words = bpf_map_lookup_elem(&shared, &index);
	__u8 head[38]; /* Ethernet, IPv4 without options, ports */
	__u32 port;

	if (!words || bpf_skb_load_bytes(skb, 0, head, sizeof(head)))
		return TCX_NEXT;
	if (head[12] != 8 || head[13] != 0 || head[23] != 17)
		return TCX_NEXT;
	port = head[36] << 8 | head[37];
	if (port == words[0])
		count(2, skb->len);
	if (port != words[1])
		return TCX_NEXT;
	count(3, skb->len);
	return TCX_DROP;
}

SEC("xdp.frags")
int xdp_pass(struct xdp_md *xdp)
{
	count(3, bpf_xdp_get_buff_len(xdp));
	return XDP_PASS;
}

SEC("xdp.frags")
int xdp_drop(struct xdp_md *xdp)
{
	count(4, bpf_xdp_get_buff_len(xdp));
	return XDP_DROP;
}

/* Answers what the context and the packet say. */
SEC("xdp.frags")
int xdp_look(struct xdp_md *xdp)
{
	return xdp->ingress_ifindex * 1000000 + (xdp->data_end - xdp->data) * 10000 + bpf_xdp_get_buff_len(xdp);
}

/* Answers what the context and the constants say. */
SEC("tc")
int look(struct __sk_buff *skb)
{
	return skb->ifindex * 1000000 + skb->wire_len * 1000 + skb->gso_segs * 100 + settings.a + settings.b;
}

SEC("tc")
int first_shared(struct __sk_buff *skb)
{
	__u32 index = 1;
	__u32 *words = bpf_map_lookup_elem(&shared, &index);

	(void)skb;
	if (!words)
		return 0;
	words[1] = words[0] + 1;
	return words[0];
}

static long work(__u64 round, __u64 *sum)
{
	*sum += round;
	return 0;
}

/* Says in the first shared word that it has begun (1), is busy for tens of milliseconds, then says that it is done (2). */
SEC("tc")
int slow(struct __sk_buff *skb)
{
	__u32 index = 0;
	__u64 sum = 0;
	volatile __u32 *words = bpf_map_lookup_elem(&shared, &index);

	(void)skb;
	if (!words)
		return 0;
	words[0] = 1;
	bpf_loop(1 << 23, work, &sum, 0);
	words[0] = 2;
	return sum != 0;
}

/* Swaps the two halves of its argument. */
SEC("syscall")
int swap(struct numbers *argument)
{
	__u32 a = argument->a;

	argument->a = argument->b;
	argument->b = a;
	return 7;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
