/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Every packet is counted once: by the program that lets it pass for good, or that drops it. */
#ifndef WEIR_COUNT_H
#define WEIR_COUNT_H

#include "weir/abi.h"
#include "weir/flow.h"
#include "weir/maps.h"

static __always_inline void weir_count_cell(struct weir_cell *cell, __u32 direction, const struct weir_size *size)
{
	cell->packets[direction] += size->packets;
	cell->bytes[direction] += size->bytes;
}

/* Counts the packet in the cell of the rule that decided, else in the endpoint's counter of the outcome. Returns whether it was
 * a rule. */
static __always_inline int weir_count(struct weir_work *work)
{
	__u32 direction = work->packet.direction & 1;
	struct weir_counters *counters;

	if (work->decision.cell) {
		struct weir_cell *cell = bpf_map_lookup_elem(&weir_cells, &work->decision.cell);

		if (cell) {
			weir_count_cell(cell, direction, &work->size);
			return 1;
		}
		work->decision.outcome = WEIR_DROP_POLICY; /* not reached: cells are given out within the map */
	}
	counters = bpf_map_lookup_elem(&weir_counters, &work->decision.slot);
	if (counters) {
		__u32 outcome = work->decision.outcome < WEIR_OUTCOMES ? work->decision.outcome : 0;
		struct weir_count *count =
			direction == WEIR_EGRESS ? &counters->egress[outcome] : &counters->ingress[outcome];

		count->packets += work->size.packets;
		count->bytes += work->size.bytes;
	}
	return 0;
}

#endif
