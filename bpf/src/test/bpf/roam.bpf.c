// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The packet path, and the search for an address alone, where every run of a test run meets something else: a test run repeats
 * one packet, whose flow and ranges the caches soon hold. How much there is to roam among is in skb->cb[0]. Attached nowhere;
 * GrowthBenchmark and SearchBenchmark know the shape of these packets and addresses.
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
