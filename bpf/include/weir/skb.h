/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A packet as programs of tc get it. The other headers know it only by these names; xdp.h has the same for XDP, and a program
 * includes one of the two first. */
#ifndef WEIR_CONTEXT_H
#define WEIR_CONTEXT_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* With this, `struct weir_context` is the type by which the verifier knows a context, also in global functions. */
#define weir_context __sk_buff

static __always_inline __u32 weir_device(struct weir_context *ctx)
{
	return ctx->ifindex;
}

/* The device or bridge by which it came to the host; 0: the host made it, or it has just come in. */
static __always_inline __u32 weir_source_device(struct weir_context *ctx)
{
	return ctx->ingress_ifindex;
}

/* All bytes of the packet, from the Ethernet header on. */
static __always_inline __u32 weir_length(struct weir_context *ctx)
{
	return ctx->len;
}

/* Whether the kernel has taken a VLAN tag out of the frame and keeps it beside it. */
static __always_inline __u32 weir_has_tag(struct weir_context *ctx)
{
	return ctx->vlan_present;
}

/* Bytes of payload in each segment of a super-packet; 0 for any other. */
static __always_inline __u32 weir_segment_bytes(struct weir_context *ctx)
{
	return ctx->gso_size;
}

/* Segments of a super-packet; 0 where nobody has counted them. */
static __always_inline __u32 weir_segments(struct weir_context *ctx)
{
	return ctx->gso_segs;
}

/* Copies bytes of the packet, wherever they lie. Returns 0, or a negative number when it has not that many. */
static __always_inline long weir_load(struct weir_context *ctx, __u32 offset, void *to, __u32 bytes)
{
	return bpf_skb_load_bytes(ctx, offset, to, bytes);
}

/* Makes the first bytes readable directly. Returns 0, or a negative number when that cannot be. */
static __always_inline long weir_pull(struct weir_context *ctx, __u32 bytes)
{
	return bpf_skb_pull_data(ctx, bytes);
}

/* A mark that stays with the packet on its way through the host, and that no sender can set. */
static __always_inline __u32 weir_stamp(struct weir_context *ctx)
{
	return ctx->tc_index;
}

static __always_inline void weir_set_stamp(struct weir_context *ctx, __u32 stamp)
{
	ctx->tc_index = stamp;
}

#endif
