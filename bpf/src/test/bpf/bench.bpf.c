// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Parts of the packet path, and ways to run it that no packet takes, for benchmarks. Attached nowhere. A test run repeats one
 * packet, whose flow and ranges the caches soon hold; in programs that roam or seek, each run meets something else. How much
 * there is of that is in skb->cb[0]; GrowthBenchmark and SearchBenchmark know the shape of these packets and addresses.
 */
#include "../../../programs/tcx.bpf.c"

#define WEIR_ROAM_PEERS 128
#define WEIR_ROAM_STRIDE 160
#define WEIR_ROAM_FIRST 0x0a000001 /* 10.0.0.1, or the last bits of 2001:db8::a00:1 */
#define WEIR_ROAM_PORT 1024
#define WEIR_ROAM_SLOT 1

/* Makes the UDP packet over IPv4 one of another flow. Returns whether it could. */
static __always_inline int roam(struct __sk_buff *skb)
{
	__u32 any = bpf_get_prandom_u32() % skb->cb[0], peer = any % WEIR_ROAM_PEERS;
	__u8 *data = (__u8 *)(long)skb->data;

	if (data + 38 > (__u8 *)(long)skb->data_end)
		return 0;
	*(__be32 *)(data + 26) = bpf_htonl(WEIR_ROAM_FIRST + peer * WEIR_ROAM_STRIDE);
	*(__be16 *)(data + 34) = bpf_htons(1 + any / WEIR_ROAM_PEERS);
	*(__be16 *)(data + 36) = bpf_htons(WEIR_ROAM_PORT + peer);
	return 1;
}

SEC("tc")
int weir_roam(struct __sk_buff *skb)
{
	return roam(skb) ? handle(skb, WEIR_INGRESS) : WEIR_TCX_DROP;
}

/* What roaming itself costs. */
SEC("tc")
int weir_roam_only(struct __sk_buff *skb)
{
	return roam(skb) ? WEIR_TCX_NEXT : WEIR_TCX_DROP;
}

/* The first step of the short way: by what a packet is judged, and whose it is. */
static __always_inline int begin(struct __sk_buff *skb, struct weir_flow_key *key)
{
	const struct weir_flow_key device = { .ifindex = skb->ifindex, .vantage = settings.vantage };
	__u32 epoch = weir_choose_epoch(skb, WEIR_INGRESS, &settings);

	*key = device;
	barrier_var(epoch);
	return weir_plain_key(skb, WEIR_INGRESS, key);
}

SEC("tc")
int weir_stage_key(struct __sk_buff *skb)
{
	struct weir_flow_key key;
	int headers = begin(skb, &key);

	asm volatile("" : : "r"(&key) : "memory"); /* somebody is to read it */
	return headers ? WEIR_TCX_NEXT : WEIR_TCX_DROP;
}

/* And the second: its flow. */
SEC("tc")
int weir_stage_flow(struct __sk_buff *skb)
{
	struct weir_flow_key key;

	return begin(skb, &key) && bpf_map_lookup_elem(&weir_flows, &key) ? WEIR_TCX_NEXT : WEIR_TCX_DROP;
}

static __always_inline int seek(struct __sk_buff *skb, const __u8 *outside)
{
	const void *images = weir_images_value();
	__u32 slot = WEIR_ROAM_SLOT, zero = 0, chain, image;
	struct weir_endpoint *endpoint = bpf_map_lookup_elem(&weir_endpoints, &slot);
	struct weir_state *state = bpf_map_lookup_elem(&weir_state, &zero);

	if (!images || !endpoint || !state)
		return WEIR_TCX_DROP;
	chain = endpoint->chain[state->epoch & 1];
	image = weir_u32(images, chain + sizeof(struct weir_chain));
	if (!skb->cb[1])
		return outside[15];
	return weir_where(images, image,
			  image + __builtin_offsetof(struct weir_image, judged) +
				  WEIR_INGRESS * sizeof(struct weir_section),
			  outside);
}

/* Looks for an address anywhere among the ranges. With skb->cb[1] 0 it does all but look. */
SEC("tc")
int weir_seek4(struct __sk_buff *skb)
{
	__u32 any = WEIR_ROAM_FIRST + bpf_get_prandom_u32() % skb->cb[0];
	__be32 outside[4] = { 0, 0, bpf_htonl(0xffff), bpf_htonl(any) };

	return seek(skb, (const __u8 *)outside);
}

SEC("tc")
int weir_seek6(struct __sk_buff *skb)
{
	__u32 any = WEIR_ROAM_FIRST + bpf_get_prandom_u32() % skb->cb[0];
	__be32 outside[4] = { bpf_htonl(0x20010db8), 0, 0, bpf_htonl(any) };

	return seek(skb, (const __u8 *)outside);
}
