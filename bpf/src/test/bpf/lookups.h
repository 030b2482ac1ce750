/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Put in front of a program by compile.sh, so that a test can say how often a packet looks into maps: whatever the way of the
 * packet through the program is, it passes here each time. */
#ifndef WEIR_TEST_LOOKUPS_H
#define WEIR_TEST_LOOKUPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define WEIR_UPDATES 0 /* no map is of this type */

/* Lookups by the type of the map (enum bpf_map_type), and updates of any.
 * Written by a program under test, read by that test.
 * One element a type. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} weir_lookups SEC(".maps");

static __always_inline void weir_note_lookup(__u32 type)
{
	__u64 *count = bpf_map_lookup_elem(&weir_lookups, &type);

	if (count)
		(*count)++;
}

/* A map tells its type as the length of an array (__uint). Within its own expansion a macro is not expanded again. */
#define bpf_map_lookup_elem(map, key)                                                                                  \
	(weir_note_lookup(sizeof(*(map)->type) / sizeof(int)), bpf_map_lookup_elem(map, key))
#define bpf_map_update_elem(map, key, value, flags)                                                                    \
	(weir_note_lookup(WEIR_UPDATES), bpf_map_update_elem(map, key, value, flags))

#endif
