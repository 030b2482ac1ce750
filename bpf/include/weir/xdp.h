/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A packet as XDP programs get it, in the names of skb.h. */
#ifndef WEIR_CONTEXT_H
#define WEIR_CONTEXT_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define weir_context xdp_md

static __always_inline __u32 weir_device(struct weir_context *ctx)
{
	return ctx->ingress_ifindex;
}

static __always_inline __u32 weir_source_device(struct weir_context *ctx)
{
	(void)ctx;
	return 0;
}

static __always_inline __u32 weir_length(struct weir_context *ctx)
{
	return bpf_xdp_get_buff_len(ctx);
}

/* A driver that takes tags out of frames leaves them in where an XDP program looks. */
static __always_inline __u32 weir_has_tag(struct weir_context *ctx)
{
	(void)ctx;
	return 0;
}

/* Super-packets come about behind XDP. */
static __always_inline __u32 weir_segment_bytes(struct weir_context *ctx)
{
	(void)ctx;
	return 0;
}

static __always_inline __u32 weir_segments(struct weir_context *ctx)
{
	(void)ctx;
	return 0;
}

static __always_inline long weir_load(struct weir_context *ctx, __u32 offset, void *to, __u32 bytes)
{
	return bpf_xdp_load_bytes(ctx, offset, to, bytes);
}

/* Not before Linux 6.18; what lies so is left to the programs of tc. */
static __always_inline long weir_pull(struct weir_context *ctx, __u32 bytes)
{
	long error = -1;

	(void)ctx;
	(void)bytes;
	barrier_var(error); /* else the compiler leaves out arguments of global functions that the verifier asks for */
	return error;
}

/* A packet gets its stamp once it is an skb. */
static __always_inline __u32 weir_stamp(struct weir_context *ctx)
{
	(void)ctx;
	return 0;
}

static __always_inline void weir_set_stamp(struct weir_context *ctx, __u32 stamp)
{
	(void)ctx;
	(void)stamp;
}

#endif
