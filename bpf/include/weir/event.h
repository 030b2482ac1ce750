/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Events: packets that were dropped, and new flows that a rule wants to be told of. A namespace has so many a second that all
 * together leave room in the ring for as long as its reader may sleep, so who floods takes no event of another. */
#ifndef WEIR_EVENT_H
#define WEIR_EVENT_H

#include <bpf/bpf_helpers.h>

#include "weir/abi.h"
#include "weir/flow.h"
#include "weir/maps.h"

#define WEIR_EVENT_BURST_NS 1000000000ULL /* a namespace may save up the events of a second */

/* What all may have saved up, and a second's events of all, which its reader may come later. */
_Static_assert(2 * WEIR_EVENTS_PER_SECOND * (sizeof(struct weir_event) + 8) <= WEIR_EVENTS_BYTES,
	       "the ring does not hold what is promised (8: BPF_RINGBUF_HDR_SZ)");

/* Tells of a decided packet, or counts the event as lost where its namespace has none left or the ring is full. */
__noinline int weir_tell(struct weir_work *work)
{
	struct weir_endpoint *endpoint;
	struct weir_counters *counters;
	struct weir_account *account;
	struct weir_event *event = 0;
	struct weir_state *state;
	__u32 zero = 0;

	if (!work)
		return 0;
	state = bpf_map_lookup_elem(&weir_state, &zero);
	counters = bpf_map_lookup_elem(&weir_counters, &work->decision.slot);
	endpoint = bpf_map_lookup_elem(&weir_endpoints, &work->decision.slot);
	if (!state || !counters || !endpoint)
		return 0; /* not reached: slots are given out within the maps, and slot 0 is one */
	account = bpf_map_lookup_elem(&weir_accounts, &endpoint->namespace_number);
	if (!account)
		return 0; /* not reached: numbers are given out within the map */

	if (weir_grant(&account->event_due_ns, bpf_ktime_get_coarse_ns(), state->event_interval_us * 1000ULL,
		       WEIR_EVENT_BURST_NS))
		event = bpf_ringbuf_reserve(&weir_events, sizeof(*event), 0);
	if (!event) {
		counters->events_lost++;
		return 0;
	}
	event->at_ns = bpf_ktime_get_ns();
	event->bytes = work->size.bytes;
	event->lost = counters->events_lost - counters->events_lost_told;
	event->key = work->packet.key;
	event->epoch = work->epoch;
	event->packets = work->size.packets;
	event->cell = work->decision.cell;
	event->slot = work->decision.slot;
	event->direction = work->packet.direction;
	event->verdict = work->decision.verdict;
	event->outcome = work->decision.outcome;
	event->tcp_flags = work->packet.tcp_flags;
	event->pad[0] = 0;
	event->pad[1] = 0;
	counters->events_lost_told = counters->events_lost;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

#endif
