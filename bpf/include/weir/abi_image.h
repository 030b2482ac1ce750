/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The policy image: the part of abi.h that the compiler writes and the searches read. */
#ifndef WEIR_ABI_IMAGE_H
#define WEIR_ABI_IMAGE_H

#include <linux/types.h>

/*
 * The policies that select an endpoint, laid end to end, are cut into one or more images; its chain names them in the order
 * of judgement, and the first that decides has decided. Endpoints share images; the chain is an endpoint's own. In an
 * image, rules are numbered in the order of judgement: a lower number wins, so its answer is the minimum of three
 * independent searches:
 *
 *   any      rules without a peer, or whose peers include `any`
 *   where    rules whose address, CIDR and set peers contain the outside address
 *   holders  rules whose namespace, label and host peers name who holds the outside address
 *
 * There are two views of an image: `judged` holds all its policies, `enforced` those that are not in audit mode. Only if
 * the first answer is a rule of a policy in audit mode, the second is asked.
 *
 * Each search ends in a list of services: struct weir_step entries, ascending by key, the first with key 0, so that the
 * last entry with key <= x always exists. Offsets are bytes from the start of the image and multiples of 8; 0: nothing.
 * Equal lists are stored once. The image is written once and never changed.
 */
#define WEIR_IMAGE_MAGIC 0x52494557 /* "WEIR" */
#define WEIR_NO_RULE 0xffffffff
#define WEIR_MAX_STEPS 1048576 /* entries of one array that is searched: 20 halvings */

/* Word of a rule: its enum weir_verdict, its policy's enum weir_on_change, whether that policy is in audit mode, whether a new
 * flow that the rule lets pass is an event, and whether it is no rule but the absence of all while a device is watched, when the
 * packet seen first of a conversation need not have opened it. What a policy in audit mode would not allow has the verdict
 * WEIR_AUDIT. */
#define WEIR_RULE_VERDICT 0xff
#define WEIR_RULE_ON_CHANGE_SHIFT 8
#define WEIR_RULE_AUDIT 0x10000
#define WEIR_RULE_LOG 0x20000
#define WEIR_RULE_WATCH 0x40000

/* One step of a staircase: `value` holds from `key` up to the key of the next step. */
struct weir_step {
	__u32 key;   /* services: protocol << 16 | port or ICMP type << 8 | code. where, IPv4: address in host order */
	__u32 value; /* services: number of the rule, or WEIR_NO_RULE. where: offset of a service list, or 0 */
};
_Static_assert(sizeof(struct weir_step) == 8, "mirrored by ImageLayout.java");

struct weir_step6 {
	__u64 high; /* address in host order */
	__u64 low;
	__u32 value; /* offset of a service list, or 0 */
	__u32 pad;
};
_Static_assert(sizeof(struct weir_step6) == 24, "mirrored by ImageLayout.java");

/* A service list: `count` steps follow at once. */
struct weir_services {
	__u32 count; /* 1..WEIR_MAX_STEPS */
	__u32 pad;
};
_Static_assert(sizeof(struct weir_services) == 8, "mirrored by ImageLayout.java");

/* Steps by address, and an index that divides what lies between the second step and the last one into slots of equal size, so
 * that a search begins with few steps, however close to each other the addresses of a policy are. */
struct weir_where {
	__u32 steps; /* offset of struct weir_step[] for IPv4, of struct weir_step6[] for IPv6; 0: none */
	__u32 top;   /* offset of __u32[last + 2]: the step to begin with in each slot, then the last step of all */
	__u32 shift; /* a slot has 2^shift addresses; 0..31 for IPv4, 0..127 for IPv6 */
	__u32 last;  /* number of the last slot: it has all addresses behind it too, as the first has those before it */
	__u64 high;  /* the address where the first slot begins, in host order; 0 for IPv4 */
	__u64 low;
};
_Static_assert(sizeof(struct weir_where) == 32, "mirrored by ImageLayout.java");

struct weir_section {
	__u32 any;	    /* offset of a service list, or 0 */
	__u32 default_rule; /* number of the rule that holds when no other does; WEIR_NO_RULE: a later image has it */
	struct weir_where where4;
	struct weir_where where6;
};
_Static_assert(sizeof(struct weir_section) == 72, "mirrored by ImageLayout.java");

/* Service lists of the rules that name one holder of addresses; array by its number. */
struct weir_holder_lists {
	__u32 judged[2]; /* by direction */
	__u32 enforced[2];
};
_Static_assert(sizeof(struct weir_holder_lists) == 16, "mirrored by ImageLayout.java");

struct weir_image {
	__u32 magic;
	__u32 bytes; /* of the whole image, header included */
	__u32 rules; /* offset of __u32[rule_count]: the word of each rule */
	__u32 rule_count;
	__u32 holders; /* offset of struct weir_holder_lists[holder_count], or 0 */
	__u32 holder_count;
	struct weir_section judged[2]; /* by direction */
	struct weir_section enforced[2];
};
_Static_assert(sizeof(struct weir_image) == 312, "mirrored by ImageLayout.java");

/* What judges an endpoint: `count` layers follow at once. */
struct weir_chain {
	__u32 count;	   /* 1..WEIR_MAX_LAYERS; the last image has a default for everything */
	__u32 asks_holder; /* not 0: an image has lists by holder */
};
_Static_assert(sizeof(struct weir_chain) == 8, "mirrored by ImageLayout.java");

/* Offsets in weir_images. */
struct weir_layer {
	__u32 image;
	__u32 cells; /* of the __u32 cell of each rule of that image */
};
_Static_assert(sizeof(struct weir_layer) == 8, "mirrored by ImageLayout.java");

#endif
