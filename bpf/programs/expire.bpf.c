// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Walks the flow table inside the kernel: credits peers with what flows have counted, and deletes what is idle, or what belonged
 * to a device that is gone. Run by the agent, as a syscall program, every few seconds. What is idle is marked by one run and
 * deleted by the next, before which the agent waits until every program that was running has ended: none then holds a flow that
 * it found unmarked, and one that finds the mark takes it off first (weir_revive). So no flow goes while a packet is counted into
 * it, and what it has counted is credited before it goes.
 *
 * Where flows are exported, what a flow has counted since it was exported last is in nobody's hands once it is deleted: so it is
 * put into a ring first, unless the agent says that it has told it all. */
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "weir/abi.h"
#include "weir/maps.h"
#include "weir/peers.h"

#define FORGET_TRIES 4

/* Flows that were deleted, as they were.
 * Written by weir_expire, read and taken out by the agent that exports flows.
 * Not pinned: it comes and goes with the agent, which makes it a page small where it exports nothing. When it is full, flows go
 * all the same and are counted. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} weir_ended SEC(".maps");

struct walk {
	struct weir_expire_args args;
	__u32 now; /* low bits of jiffies, as in struct weir_flow */
};

static __always_inline __u32 idle_limit(const struct weir_expire_args *args, const struct weir_flow_key *key,
					const struct weir_flow *flow)
{
	switch (key->protocol) {
	case IPPROTO_TCP:
		switch (flow->state & WEIR_FLOW_STATE_BITS) {
		case WEIR_FLOW_NEW:
		case WEIR_FLOW_ANSWERED:
			return args->opening_jiffies;
		case WEIR_FLOW_CLOSING:
			return args->closing_jiffies;
		case WEIR_FLOW_CLOSED:
			return args->closed_jiffies;
		}
		return args->tcp_jiffies;
	case IPPROTO_UDP:
		return args->udp_jiffies;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return args->icmp_jiffies;
	}
	return args->other_jiffies;
}

/* Whether the flow is to be deleted now; else marks it, if it is idle. */
static __always_inline int is_over(const struct weir_flow_key *key, struct weir_flow *flow, struct walk *walk)
{
	__u32 seen = *(volatile __u32 *)&flow->seen;
	/* signed: a packet may have come after `now` was read */
	__s32 idle = walk->now - (seen & ~WEIR_LIFE_BITS);
	__u32 life = seen & WEIR_LIFE_BITS;

	if (life == WEIR_GONE)
		return 1; /* a run before this one ended in between */
	if (idle < 0 || (__u32)idle <= idle_limit(&walk->args, key, flow))
		return 0;
	if (life == WEIR_IDLE)
		return __sync_val_compare_and_swap(&flow->seen, seen, (seen & ~WEIR_LIFE_BITS) | WEIR_GONE) == seen;
	if (__sync_val_compare_and_swap(&flow->seen, seen, seen | WEIR_IDLE) == seen)
		walk->args.marked++;
	return 0;
}

/* Whether somebody exports flows and has not told this one to the last packet. Packets that do not pass leave no trace of
 * when they came, so what they have counted may be news whenever it was. */
static __always_inline int is_news(const struct weir_flow *flow, const struct walk *walk)
{
	__s32 idle = walk->now - (flow->seen & ~WEIR_LIFE_BITS);
	int passes = flow->judgement >> 24 & 1; /* weir_judgement and weir_passes in flow.h */

	if (!walk->args.told_jiffies)
		return 0;
	return idle < 0 || (__u32)idle < walk->args.told_jiffies || !passes;
}

/* Copies a flow that is about to be deleted: it must not be looked at after that, when its place may be another's. */
static __always_inline struct weir_ended_flow *remember(const struct weir_flow_key *key, const struct weir_flow *flow,
							struct walk *walk)
{
	struct weir_ended_flow *ended = bpf_ringbuf_reserve(&weir_ended, sizeof(*ended), 0);

	if (!ended) {
		walk->args.untold++;
		return ended;
	}
	ended->key = *key;
	ended->purged = walk->args.ifindex != 0;
	ended->flow = *flow;
	return ended;
}

static __always_inline void take_off(struct weir_account *account)
{
	if (account)
		__sync_fetch_and_add(&account->flows, -1);
}

static __always_inline int is_credited(const struct weir_flow *flow, __u32 direction)
{
	return *(volatile __u64 *)&flow->bytes[direction] == *(volatile __u64 *)&flow->credited[direction];
}

/* What a namespace and a peer have exchanged so far; 0 where there is no room for another pair. */
static __always_inline struct weir_peer *pair(const struct weir_peer_key *key)
{
	struct weir_peer nothing = {}, *there = bpf_map_lookup_elem(&weir_peers, key);

	if (there)
		return there;
	bpf_map_update_elem(&weir_peers, key, &nothing, BPF_NOEXIST);
	return bpf_map_lookup_elem(&weir_peers, key);
}

/* Credits the flow's peer with what the flow has counted since the last time; of several that come at a time, one does
 * (weir/peers.h). Who gives the flow another peer meanwhile takes what was counted before; only what is counted between the
 * reading of the peer here and the taking below may go to the one before. */
static __always_inline void credit(struct weir_flow *flow)
{
	struct weir_peer_key key = { .peer = *(volatile __u16 *)&flow->peer };
	__u32 slot = flow->slot;
	struct weir_endpoint *endpoint = bpf_map_lookup_elem(&weir_endpoints, &slot);
	struct weir_account *account;
	struct weir_peer *there;

	if (!endpoint || !endpoint->namespace_number)
		return;
	key.namespace_number = endpoint->namespace_number;
	account = bpf_map_lookup_elem(&weir_accounts, &key.namespace_number);
	if (!account)
		return; /* not reached: numbers are given out within the map */
	there = key.peer && key.peer != WEIR_LEFT ? pair(&key) : 0;
	if (!there) {
		weir_credit_other(flow, account);
		return;
	}
	for (int direction = 0; direction < 2; direction++) {
		__u64 amount = weir_take_uncredited(flow, direction);

		if (amount)
			__sync_fetch_and_add(&there->bytes[direction], amount);
	}
}

static long visit(void *map, struct weir_flow_key *key, struct weir_flow *flow, struct walk *walk)
{
	struct weir_ended_flow *ended = 0;
	struct weir_endpoint *endpoint;
	__u32 slot = flow->slot, all = 0;
	int over;

	walk->args.visited++;
	if (walk->args.ifindex) {
		if (key->ifindex != walk->args.ifindex || key->vantage != walk->args.vantage)
			return 0;
		over = 1;
	} else {
		over = is_over(key, flow, walk);
	}
	if (!is_credited(flow, WEIR_EGRESS) || !is_credited(flow, WEIR_INGRESS))
		credit(flow);
	if (!over)
		return 0;
	if (is_news(flow, walk))
		ended = remember(key, flow, walk);
	if (bpf_map_delete_elem(map, key)) {
		if (ended)
			bpf_ringbuf_discard(ended, 0);
		return 0;
	}
	if (ended)
		bpf_ringbuf_submit(ended, 0);
	walk->args.deleted++;
	endpoint = bpf_map_lookup_elem(&weir_endpoints, &slot);
	if (endpoint) {
		__sync_fetch_and_add(&endpoint->flows_closed, 1);
		take_off(bpf_map_lookup_elem(&weir_accounts, &endpoint->namespace_number));
		take_off(bpf_map_lookup_elem(&weir_accounts, &all));
	}
	return 0;
}

SEC("syscall")
int weir_expire(struct weir_expire_args *args)
{
	struct walk walk = { .args = *args };
	__u64 jiffies = bpf_jiffies64();
	struct weir_state *state;
	__u32 zero = 0;

	walk.now = jiffies;
	walk.args.visited = 0;
	walk.args.marked = 0;
	walk.args.deleted = 0;
	walk.args.untold = 0;
	bpf_for_each_map_elem(&weir_flows, visit, &walk, 0);
	args->visited = walk.args.visited;
	args->marked = walk.args.marked;
	args->deleted = walk.args.deleted;
	args->untold = walk.args.untold;
	args->now_jiffies = jiffies;
	args->now_ns = bpf_ktime_get_ns();
	state = bpf_map_lookup_elem(&weir_state, &zero);
	if (state && !args->ifindex)
		state->credited_ns = args->now_ns;
	return 0;
}

/* Whether a peer is still the one that it was: the world, the host, or a namespace whose number is not free again. */
static __always_inline int is_there(__u32 peer)
{
	struct weir_account *account = bpf_map_lookup_elem(&weir_accounts, &peer);

	return peer == WEIR_WORLD || peer == WEIR_HOST_NUMBER || (account && account->given);
}

/* Takes a peer that is gone out of a flow, so that whoever gets its number inherits nothing. */
static long forget_in_flow(void *map, struct weir_flow_key *key, struct weir_flow *flow, void *none)
{
	volatile __u32 *both = (volatile __u32 *)&flow->peer; /* and `from`, which packets may change meanwhile */
	__u32 slot = flow->slot;
	struct weir_endpoint *endpoint = bpf_map_lookup_elem(&weir_endpoints, &slot);
	struct weir_account *account = endpoint ? bpf_map_lookup_elem(&weir_accounts, &endpoint->namespace_number) : 0;

	(void)map;
	(void)key;
	(void)none;
	_Static_assert(__builtin_offsetof(struct weir_flow, from) == __builtin_offsetof(struct weir_flow, peer) + 2,
		       "they are one word");
	for (int i = 0; i < FORGET_TRIES; i++) {
		__u32 before = *both, peer = before & 0xffff;

		if (!peer || peer == WEIR_LEFT || is_there(peer))
			break;
		if (account)
			weir_credit_other(flow, account);
		if (__sync_val_compare_and_swap(both, before, (before & 0xffff0000) | WEIR_LEFT) == before)
			break;
	}
	return 0;
}

/* Takes out what a namespace that is gone has exchanged; what others have exchanged with it stays theirs. */
static long forget_pair(void *map, struct weir_peer_key *key, struct weir_peer *there, void *none)
{
	struct weir_peer sum = *there;
	struct weir_account *account;

	(void)none;
	if (is_there(key->namespace_number) && is_there(key->peer))
		return 0;
	account = is_there(key->namespace_number) ? bpf_map_lookup_elem(&weir_accounts, &key->namespace_number) : 0;
	/* first, so that who reads accounts and then pairs never finds it in both */
	if (bpf_map_delete_elem(map, key) || !account)
		return 0;
	__sync_fetch_and_add(&account->other_bytes[WEIR_EGRESS], sum.bytes[WEIR_EGRESS]);
	__sync_fetch_and_add(&account->other_bytes[WEIR_INGRESS], sum.bytes[WEIR_INGRESS]);
	return 0;
}

static long forget_account(void *map, const __u32 *number, struct weir_account *account, void *none)
{
	(void)map;
	(void)none;
	if (*number > WEIR_HOST_NUMBER && !account->given)
		account->other_bytes[WEIR_EGRESS] = account->other_bytes[WEIR_INGRESS] = 0;
	return 0;
}

/* Forgets what was exchanged by and with whose number is free again, before it is given to another. Run when no program finds
 * that number under an address any more, nor counts for it. What is left half-done is done by the next run. */
SEC("syscall")
int weir_forget(void *none)
{
	(void)none;
	bpf_for_each_map_elem(&weir_flows, forget_in_flow, 0, 0);
	bpf_for_each_map_elem(&weir_peers, forget_pair, 0, 0);
	bpf_for_each_map_elem(&weir_accounts, forget_account, 0, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
