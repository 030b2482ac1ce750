/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Searches the policy image. The functions here are global, so the verifier proves each once, for any argument, instead of
 * walking every path of every halving for each caller. Offsets are masked into the array rather than compared: a wrong
 * offset then reads a wrong word of weir_images, never memory outside it, and both arms of a halving reach the next round
 * with the same bounds, which lets the verifier stop there.
 */
#ifndef WEIR_IMAGE_H
#define WEIR_IMAGE_H

#include <bpf/bpf_helpers.h>

#include "weir/abi.h"
#include "weir/maps.h"

#define WEIR_HALVINGS 21 /* enough for WEIR_MAX_STEPS entries and one round to see that it is done */

_Static_assert((WEIR_IMAGES_BYTES & (WEIR_IMAGES_BYTES - 1)) == 0, "offsets are masked");
_Static_assert(WEIR_MAX_STEPS <= 1 << (WEIR_HALVINGS - 1), "every array must be searched to its end");

static __always_inline const void *weir_images_value(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&weir_images, &zero);
}

static __always_inline __u32 weir_u32(const void *images, __u32 offset)
{
	__u64 at = offset & (WEIR_IMAGES_BYTES - 4);

	barrier_var(at);
	return *(const __u32 *)(images + at);
}

static __always_inline __u64 weir_u64(const void *images, __u32 offset)
{
	__u64 at = offset & (WEIR_IMAGES_BYTES - 8);

	barrier_var(at);
	return *(const __u64 *)(images + at);
}

/* Value of the last of `count` struct weir_step at `offset` whose key is <= key. The first key is taken to be <= key. A halving is
 * arithmetic, not a branch, which a processor would guess wrongly every other time; barriers keep clang from making it one. */
__noinline __u32 weir_search(__u32 offset, __u32 count, __u32 key)
{
	const void *images = weir_images_value();

	if (!images)
		return 0;
	for (int i = 0; i < WEIR_HALVINGS && count > 1; i++) {
		__u32 half = count >> 1;
		__u64 step = half * sizeof(struct weir_step);
		__s64 past = (__s64)weir_u32(images, offset + step) - 1 - key;

		barrier_var(past);
		past >>= 63;
		barrier_var(past);
		offset += (__u32)(step & past);
		count -= half;
	}
	return weir_u32(images, offset + __builtin_offsetof(struct weir_step, value));
}

/* As weir_search, for struct weir_step6 and a key of 128 bits. With branches: few steps of these fit into a cache, and a guess
 * fetches the next one early. */
__noinline __u32 weir_search6(__u32 offset, __u32 count, __u64 high, __u64 low)
{
	const void *images = weir_images_value();

	if (!images)
		return 0;
	for (int i = 0; i < WEIR_HALVINGS && count > 1; i++) {
		__u32 half = count >> 1;
		__u32 middle = offset + half * sizeof(struct weir_step6);
		__u64 middle_high = weir_u64(images, middle);

		if (middle_high < high || (middle_high == high && weir_u64(images, middle + 8) <= low))
			offset = middle;
		count -= half;
	}
	return weir_u32(images, offset + __builtin_offsetof(struct weir_step6, value));
}

/* Number of the first rule in a list of services that matches, or WEIR_NO_RULE. `list`: offset in weir_images. */
static __always_inline __u32 weir_first_rule(const void *images, __u32 list, __u32 service)
{
	return weir_search(list + sizeof(struct weir_services), weir_u32(images, list), service);
}

/* Offset in weir_images of the first step to search for what lies in a slot; *count: how many to search. */
static __always_inline __u32 weir_slot(const void *images, __u32 image, __u32 where, __u32 slot, __u32 bytes,
				       __u32 *count)
{
	__u32 top = image + weir_u32(images, where + __builtin_offsetof(struct weir_where, top)) + slot * sizeof(__u32);
	__u32 first = weir_u32(images, top);

	*count = weir_u32(images, top + sizeof(__u32)) - first + 1;
	return image + weir_u32(images, where) + first * bytes;
}

/* Offset within the image of the services for an IPv4 address. where: offset of a struct weir_where that has steps. */
static __always_inline __u32 weir_where4(const void *images, __u32 image, __u32 where, __u32 address)
{
	__u32 last = weir_u32(images, where + __builtin_offsetof(struct weir_where, last));
	__u32 shift = weir_u32(images, where + __builtin_offsetof(struct weir_where, shift)) & 31;
	__u32 begin = weir_u64(images, where + __builtin_offsetof(struct weir_where, low));
	__u32 slot = 0, steps, count;

	if (address > begin)
		slot = (address - begin) >> shift;
	steps = weir_slot(images, image, where, slot < last ? slot : last, sizeof(struct weir_step), &count);
	return weir_search(steps, count, address);
}

/* The same for IPv6. */
static __always_inline __u32 weir_where6(const void *images, __u32 image, __u32 where, __u64 high, __u64 low)
{
	__u32 last = weir_u32(images, where + __builtin_offsetof(struct weir_where, last));
	__u32 shift = weir_u32(images, where + __builtin_offsetof(struct weir_where, shift));
	__u64 begin_high = weir_u64(images, where + __builtin_offsetof(struct weir_where, high));
	__u64 begin_low = weir_u64(images, where + __builtin_offsetof(struct weir_where, low));
	__u64 above = high - begin_high - (low < begin_low), slot = 0;
	__u32 steps, count;

	if (high > begin_high || (high == begin_high && low > begin_low)) {
		if (shift >= 64)
			slot = above >> (shift & 63);
		else if (above >> shift)
			slot = last;
		else
			slot = (low - begin_low) >> shift | (above << 1) << (63 - shift);
	}
	steps = weir_slot(images, image, where, slot < last ? slot : last, sizeof(struct weir_step6), &count);
	return weir_search6(steps, count, high, low);
}

/* Offset within the image of the services for an outside address, or 0. `section`: offset in weir_images. */
static __always_inline __u32 weir_where(const void *images, __u32 image, __u32 section, const __u8 *outside)
{
	const __be32 *word = (const __be32 *)outside;
	__u32 where;

	if (word[0] == 0 && word[1] == 0 && word[2] == bpf_htonl(0xffff)) {
		where = section + __builtin_offsetof(struct weir_section, where4);
		return weir_u32(images, where) ? weir_where4(images, image, where, bpf_ntohl(word[3])) : 0;
	}
	where = section + __builtin_offsetof(struct weir_section, where6);
	if (!weir_u32(images, where))
		return 0;
	return weir_where6(images, image, where, bpf_be64_to_cpu(*(const __be64 *)outside),
			   bpf_be64_to_cpu(*(const __be64 *)(outside + 8)));
}

/* What to look for in an image, and in which view of it. */
#define WEIR_VIEW_ENFORCED 2 /* beside enum weir_direction */

_Static_assert(__builtin_offsetof(struct weir_image, enforced) ==
		       __builtin_offsetof(struct weir_image, judged) + 2 * sizeof(struct weir_section),
	       "sections are found by view");
_Static_assert(__builtin_offsetof(struct weir_holder_lists, enforced) == 2 * sizeof(__u32), "lists are found by view");

/* Number of the rule that decides about `service` with the outside of `key`, or WEIR_NO_RULE. image: offset in weir_images;
 * view: enum weir_direction of the opening, and WEIR_VIEW_ENFORCED; holder: who holds the outside address, or 0. */
__noinline __u32 weir_decide(__u32 image, __u32 view, const struct weir_flow_key *key, __u32 holder, __u32 service)
{
	const void *images = weir_images_value();
	__u32 section, list, rule, best = WEIR_NO_RULE;

	if (!images || !key)
		return WEIR_NO_RULE;
	section = image + __builtin_offsetof(struct weir_image, judged) + (view & 3) * sizeof(struct weir_section);

	list = weir_u32(images, section + __builtin_offsetof(struct weir_section, any));
	if (list)
		best = weir_first_rule(images, image + list, service);

	list = weir_where(images, image, section, key->outside);
	if (list) {
		rule = weir_first_rule(images, image + list, service);
		best = rule < best ? rule : best;
	}

	if (holder && holder < weir_u32(images, image + __builtin_offsetof(struct weir_image, holder_count))) {
		list = weir_u32(images, image + __builtin_offsetof(struct weir_image, holders));
		list = weir_u32(images,
				image + list + holder * sizeof(struct weir_holder_lists) + (view & 3) * sizeof(__u32));
		if (list) {
			rule = weir_first_rule(images, image + list, service);
			best = rule < best ? rule : best;
		}
	}

	if (best == WEIR_NO_RULE)
		best = weir_u32(images, section + __builtin_offsetof(struct weir_section, default_rule));
	return best;
}

#endif
