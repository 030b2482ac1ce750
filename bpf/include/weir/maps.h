/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Every map, in one place. The loader pins each under its name and may raise the sizes before it loads. */
#ifndef WEIR_MAPS_H
#define WEIR_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "weir/abi.h"

/* The switch of generations and what is true of each.
 * Written by the enforcer through a mapping, read once by every program first.
 * One element. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct weir_state);
} weir_state SEC(".maps");

/* What lies behind each attached device.
 * Names and image offsets by the enforcer, flow counts by the packet path; read by both and by the readers.
 * One slot a device; when all are taken, the enforcer attaches no further device and says so. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WEIR_MAX_ENDPOINTS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct weir_endpoint);
} weir_endpoints SEC(".maps");

/* Device to slot, for the packets that have no flow yet.
 * Written by the enforcer, read by the packet path.
 * As many as slots, so it is never full before they are. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WEIR_MAX_ENDPOINTS);
	__type(key, struct weir_device_key);
	__type(value, __u32);
} weir_devices SEC(".maps");

/* Policy images and cell tables, both generations, as one heap of bytes.
 * Written by the enforcer where no program reads, read by the packet path from the offsets in weir_endpoints.
 * When it is full, the enforcer refuses the new generation. Its size is a power of two: reads are masked into it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u8[WEIR_IMAGES_BYTES]);
} weir_images SEC(".maps");

/* Live conversations.
 * Inserted and updated by the packet path, deleted by weir_expire, read by the readers.
 * Memory is taken an entry at a time. Each namespace has a quota and a share that is kept free for it; when they or the table are full, packets are judged without
 * a flow and counted as untracked. Not an LRU: there one tenant's flood evicts every other's idle connections. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WEIR_MAX_FLOWS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct weir_flow_key);
	__type(value, struct weir_flow);
} weir_flows SEC(".maps");

/* Packets that no rule decided, by endpoint.
 * Written by the packet path, read by the readers, zeroed by the enforcer when a slot is given out again.
 * As many as slots. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WEIR_MAX_ENDPOINTS);
	__type(key, __u32);
	__type(value, struct weir_counters);
} weir_counters SEC(".maps");

/* Packets that a rule decided, by (endpoint, rule).
 * Written by the packet path, read by the readers, given out and zeroed by the enforcer.
 * When all are taken, further rules of an endpoint share its cell `other`. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WEIR_MAX_CELLS);
	__type(key, __u32);
	__type(value, struct weir_cell);
} weir_cells SEC(".maps");

/* What each cell counts.
 * Written and read by agents only.
 * As many as cells. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WEIR_MAX_CELLS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct weir_cell_owner);
} weir_cell_owners SEC(".maps");

/* Which network namespace each vantage is.
 * Written and read by agents only: programs know their own number, which they were loaded with.
 * When all are taken, the enforcer judges in no further namespace and says so. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WEIR_MAX_VANTAGES);
	__type(key, __u32);
	__type(value, struct weir_vantage);
} weir_vantages SEC(".maps");

/* Who holds an address, for rules that name namespaces and for the guard against forged senders: for each segment, and for
 * who looks from elsewhere.
 * Written by the enforcer, read by the packet path on a new flow.
 * The enforcer grants no more than fit; further addresses belong to nobody. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WEIR_MAX_ADDRESSES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct weir_address_key);
	__type(value, __u32);
} weir_addresses SEC(".maps");

/* What each namespace has taken of what all share.
 * Written by the packet path and weir_expire, read by both and by the readers.
 * As many as numbers of namespaces. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WEIR_MAX_NUMBER + 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct weir_account);
} weir_accounts SEC(".maps");

/* Who talks to whom.
 * Written by weir_expire, which credits pairs with what flows have counted since it came last; read by the readers; what belonged to a
 * number that is free again is taken out by weir_forget.
 * Memory is taken an entry at a time. When it is full, further pairs are not told apart (weir_account.other_bytes). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WEIR_MAX_PEERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct weir_peer_key);
	__type(value, struct weir_peer);
} weir_peers SEC(".maps");

/* Ports of datagrams that come in pieces, by namespace number.
 * Written at a first fragment, read at later ones.
 * Each namespace has places of its own, where its oldest make room; a later fragment whose first is forgotten is dropped and
 * counted. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WEIR_MAX_NUMBER + 1);
	__type(key, __u32);
	__type(value, struct weir_fragments);
} weir_fragments SEC(".maps");

/* What was dropped, and what rules want to be told of.
 * Written by the packet path, read and taken out by the agent.
 * When it is full, further events are counted as lost by their endpoint; while no agent takes them out, it fills. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, WEIR_EVENTS_BYTES);
} weir_events SEC(".maps");

/* How long TCP handshakes took, by endpoint.
 * Written by the packet path, read by the readers, zeroed by the enforcer when a slot is given out again.
 * As many as slots. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WEIR_MAX_ENDPOINTS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct weir_handshakes);
} weir_handshakes SEC(".maps");

#endif
