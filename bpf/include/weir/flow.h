/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Judges packets whose flow is unknown or was judged in another epoch, and keeps the flow table. Off the hot path. */
#ifndef WEIR_FLOW_H
#define WEIR_FLOW_H

#include "weir/abi.h"
#include "weir/image.h"
#include "weir/maps.h"
#include "weir/parse.h"

/* Whether the packet is of a TCP flow that passed until a policy with on-change: reset changed. */
enum weir_cut {
	WEIR_NOT_CUT = 0,
	WEIR_CUT_BEFORE = 1,
	WEIR_CUT_NOW = 2, /* it is the first that met the change */
};

/* What was decided, and where finish() counts it. */
struct weir_decision {
	__u32 slot;
	__u32 cell;	/* 0: no rule decided, outcome says what did */
	__u8 verdict;	/* enum weir_verdict */
	__u8 outcome;	/* enum weir_outcome */
	__u8 on_change; /* enum weir_on_change of the rule's policy */
	__u8 audit;	/* whether that policy is in audit mode */
	__u8 cut;	/* enum weir_cut */
	__u8 pad[3];
};

/* What the entry point hands to the functions below; one struct, so that they take few arguments. */
struct weir_work {
	struct weir_packet packet;
	struct weir_decision decision;
	__u32 epoch;   /* that this packet is judged in */
	__u32 packets; /* 1, or the segments of a super-packet */
	__u64 bytes;   /* as on the wire */
	__u8 asking;   /* only the decision is wanted: no map is changed */
	__u8 basis;    /* enum weir_basis, for who asks */
	__u8 pad[6];
};

static __always_inline __u64 weir_judgement(__u32 epoch, const struct weir_decision *decision)
{
	return (__u64)epoch << 32 | (__u32)(decision->on_change & 0xf) << 28 | (__u32)(decision->verdict & 0xf) << 24 |
	       decision->cell;
}

static __always_inline __u32 weir_judged_epoch(__u64 judgement)
{
	return judgement >> 32;
}

static __always_inline __u8 weir_judged_on_change(__u64 judgement)
{
	return judgement >> 28 & 0xf;
}

static __always_inline __u8 weir_judged_verdict(__u64 judgement)
{
	return judgement >> 24 & 0xf;
}

static __always_inline __u32 weir_judged_cell(__u64 judgement)
{
	return judgement & 0xffffff;
}

/* Whether a packet with this verdict goes on: WEIR_ALLOW and WEIR_AUDIT. */
static __always_inline int weir_passes(__u8 verdict)
{
	return verdict & 1;
}

/* Counts the packet into its flow and moves the flow's state on. What a reload has cut is closing, and packets that go on
 * coming do not keep it from expiring, so that either side can open it anew. */
static __always_inline void weir_count_flow(struct weir_flow *flow, struct weir_work *work)
{
	__u32 direction = work->packet.direction & 1;

	__sync_fetch_and_add(&flow->packets[direction], work->packets);
	__sync_fetch_and_add(&flow->bytes[direction], work->bytes);
	if (!weir_passes(work->decision.verdict)) {
		flow->state = WEIR_FLOW_CLOSING;
		return;
	}
	flow->last_jiffies = bpf_jiffies64();
	if (work->packet.quotes)
		return; /* an error about the flow says nothing of who is alive */
	if (flow->state == WEIR_FLOW_NEW && flow->opener != direction)
		flow->state = WEIR_FLOW_ESTABLISHED;
	if (work->packet.tcp_flags & (WEIR_TCP_FIN | WEIR_TCP_RST))
		flow->state = WEIR_FLOW_CLOSING;
}

/* A new conversation on the ports of another: of one that has ended, or of one that the other side opened, or may have.
 * Without the second, a side that may not open would send anything in mid-stream first and its SYN afterwards. */
static __always_inline int weir_reopens(const struct weir_flow *flow, const struct weir_packet *packet)
{
	return packet->role == WEIR_OPENS && (flow->opener != packet->direction || flow->state == WEIR_FLOW_CLOSING);
}

/* First fragment: remembers its ports. Later one: takes them over. Returns WEIR_PASS or the reason to drop. */
__noinline int weir_defragment(struct weir_work *work)
{
	struct weir_fragment_key key = {};
	struct weir_fragment *known;
	struct weir_packet *packet;

	if (!work)
		return WEIR_DROP_FRAGMENT;
	packet = &work->packet;
	__builtin_memcpy(key.inside, packet->key.inside, 16);
	__builtin_memcpy(key.outside, packet->key.outside, 16);
	key.id = packet->fragment_id;
	key.ifindex = packet->key.ifindex;
	key.vantage = packet->key.vantage;
	key.protocol = packet->key.protocol;
	key.direction = packet->direction;

	if (packet->fragmentation == WEIR_FIRST) {
		struct weir_fragment ports = {
			.inside_port = packet->key.inside_port,
			.outside_port = packet->key.outside_port,
		};

		/* a failure costs the later fragments, which are then dropped and counted */
		if (!work->asking)
			bpf_map_update_elem(&weir_fragments, &key, &ports, BPF_ANY);
		return WEIR_PASS;
	}
	known = bpf_map_lookup_elem(&weir_fragments, &key);
	if (!known) {
		switch (packet->key.protocol) {
		case IPPROTO_TCP:
		case IPPROTO_UDP:
		case IPPROTO_SCTP:
		case IPPROTO_ICMP:
		case IPPROTO_ICMPV6:
			return WEIR_DROP_FRAGMENT;
		}
		return WEIR_PASS; /* ports do not decide about it */
	}
	packet->key.inside_port = known->inside_port;
	packet->key.outside_port = known->outside_port;
	packet->icmp = packet->key.outside_port ? 0 : bpf_ntohs(packet->key.inside_port);
	return WEIR_PASS;
}

/* The key of the flow that an ICMP error quotes (RFC 792, RFC 4443 section 3): the packet that the other side had sent, so
 * it is read in the opposite direction. Whoever sent that packet must be who the error goes to; else an endpoint could
 * write to anybody by quoting a flow of its own. Returns whether `key` was filled in. */
static __always_inline int weir_quoted_key(struct __sk_buff *skb, struct weir_packet *packet, struct weir_flow_key *key)
{
	__u32 offset = packet->l4 + 8, l4;
	__u8 *source = packet->direction == WEIR_EGRESS ? key->outside : key->inside;
	__u8 *destination = packet->direction == WEIR_EGRESS ? key->inside : key->outside;
	__be16 ports[2];

	if (packet->key.protocol == IPPROTO_ICMP) {
		struct iphdr ip;

		if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
			return 0;
		if (bpf_ntohs(ip.frag_off) & 0x1fff)
			return 0;
		weir_map_v4(source, ip.saddr);
		weir_map_v4(destination, ip.daddr);
		key->protocol = ip.protocol;
		l4 = offset + ip.ihl * 4;
	} else {
		struct ipv6hdr ip;

		if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)) || ip.version != 6)
			return 0;
		__builtin_memcpy(source, &ip.saddr, 16);
		__builtin_memcpy(destination, &ip.daddr, 16);
		key->protocol = ip.nexthdr;
		l4 = offset + sizeof(ip);
	}
	if (__builtin_memcmp(source, weir_destination(packet), 16))
		return 0;
	key->ifindex = packet->key.ifindex;
	key->vantage = packet->key.vantage;

	switch (key->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		if (bpf_skb_load_bytes(skb, l4, ports, sizeof(ports)))
			return 0;
		key->outside_port = packet->direction == WEIR_EGRESS ? ports[0] : ports[1];
		key->inside_port = packet->direction == WEIR_EGRESS ? ports[1] : ports[0];
		return 1;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6: {
		struct weir_icmp echo;

		if (bpf_skb_load_bytes(skb, l4, &echo, sizeof(echo)))
			return 0;
		key->inside_port = echo.identifier;
		/* the quoted packet went the other way: its sender opened the flow if it was a request */
		if (echo.type == WEIR_ICMP_ECHO || echo.type == WEIR_ICMPV6_ECHO)
			key->outside_port = bpf_htons(1 + !packet->direction);
		else if (echo.type == WEIR_ICMP_ECHO_REPLY || echo.type == WEIR_ICMPV6_ECHO_REPLY)
			key->outside_port = bpf_htons(1 + packet->direction);
		else
			return 0;
		return 1;
	}
	}
	return 1;
}

/* Makes the packet one of the flow that it quotes, if there is such a flow; else it stays what it is. */
__noinline int weir_follow_quote(struct __sk_buff *skb, struct weir_packet *packet)
{
	struct weir_flow_key quoted = {};

	if (!packet)
		return 0;
	if (weir_quoted_key(skb, packet, &quoted) && bpf_map_lookup_elem(&weir_flows, &quoted))
		packet->key = quoted;
	else
		packet->quotes = 0;
	return 0;
}

/* The service that a packet of this flow asks for if `opener` opened it: protocol << 16 | port or ICMP type and code. */
static __always_inline __u32 weir_service(const struct weir_packet *packet, __u8 opener)
{
	__u32 protocol = (__u32)packet->key.protocol << 16;

	if (packet->key.protocol == IPPROTO_ICMP || packet->key.protocol == IPPROTO_ICMPV6) {
		if (packet->key.outside_port == 0)
			return protocol | bpf_ntohs(packet->key.inside_port);
		/* an echo: the service is its request, but for a reply that nobody asked for */
		if (packet->key.outside_port == bpf_htons(1 + opener))
			return protocol | (packet->key.protocol == IPPROTO_ICMP ? WEIR_ICMP_ECHO : WEIR_ICMPV6_ECHO)
						  << 8;
		return protocol | (packet->key.protocol == IPPROTO_ICMP ? WEIR_ICMP_ECHO_REPLY : WEIR_ICMPV6_ECHO_REPLY)
					  << 8;
	}
	return protocol | bpf_ntohs(opener == WEIR_EGRESS ? packet->key.outside_port : packet->key.inside_port);
}

/* Takes the decision of the first image of a chain that has one. Returns whether one had. chain: offset in weir_images;
 * view and holder: as weir_decide has them. */
__noinline int weir_walk(struct weir_work *work, __u32 chain, __u32 view, __u32 holder, __u32 service)
{
	const void *images = weir_images_value();
	__u32 count, layer = chain + sizeof(struct weir_chain);

	if (!images || !work)
		return 0;
	count = weir_u32(images, chain);
	for (__u32 i = 0; i < WEIR_MAX_LAYERS && i < count; i++, layer += sizeof(struct weir_layer)) {
		__u32 image = weir_u32(images, layer);
		__u32 rule = weir_decide(image, view, &work->packet.key, holder, service), word;

		if (rule == WEIR_NO_RULE)
			continue;
		word = weir_u32(images, image + __builtin_offsetof(struct weir_image, rules));
		word = weir_u32(images, image + word + rule * sizeof(__u32));
		work->decision.verdict = word & WEIR_RULE_VERDICT;
		work->decision.on_change = word >> WEIR_RULE_ON_CHANGE_SHIFT;
		work->decision.audit = !!(word & WEIR_RULE_AUDIT);
		layer = weir_u32(images, layer + __builtin_offsetof(struct weir_layer, cells));
		work->decision.cell = weir_u32(images, layer + rule * sizeof(__u32)) & 0xffffff;
		return 1;
	}
	return 0;
}

/* The number of who holds the outside address, or 0. */
static __always_inline __u32 weir_holder(const struct weir_packet *packet)
{
	struct weir_address_key key = { .vantage = packet->key.vantage };
	__u32 *number;

	__builtin_memcpy(key.address, packet->key.outside, 16);
	number = bpf_map_lookup_elem(&weir_addresses, &key);
	return number ? *number : 0;
}

/* Judges the packet as one of a flow opened by `opener` and writes the decision. */
static __always_inline void weir_judge_as(struct weir_work *work, struct weir_endpoint *endpoint, __u8 opener)
{
	const struct weir_decision unjudged = { .slot = work->decision.slot, .outcome = WEIR_DROP_POLICY };
	const void *images = weir_images_value();
	__u32 chain = endpoint->chain[work->epoch & 1];
	__u32 service, holder = 0;

	work->decision = unjudged;
	if (!images || !chain)
		return;
	if (weir_u32(images, chain + __builtin_offsetof(struct weir_chain, asks_holder)))
		holder = weir_holder(&work->packet);
	service = weir_service(&work->packet, opener);
	weir_walk(work, chain, opener, holder, service);
	if (work->decision.audit) {
		const struct weir_decision audited = work->decision;

		work->decision = unjudged;
		weir_walk(work, chain, opener | WEIR_VIEW_ENFORCED, holder, service);
		if (audited.verdict == WEIR_AUDIT && work->decision.verdict == WEIR_ALLOW)
			work->decision = audited;
	}
}

/* Whether a packet that either side may have opened is rather one of `other` than of `first`. */
static __always_inline int weir_prefers(const struct weir_decision *other, const struct weir_decision *first)
{
	return other->verdict == WEIR_ALLOW || (weir_passes(other->verdict) && !weir_passes(first->verdict));
}

/* Opens a flow for an allowed packet, within the endpoint's quota. */
static __always_inline void weir_open_flow(struct weir_work *work, struct weir_endpoint *endpoint, __u8 opener)
{
	__u32 direction = work->packet.direction & 1;
	struct weir_flow flow = {
		.judgement = weir_judgement(work->epoch, &work->decision),
		.opened_ns = bpf_ktime_get_ns(),
		.last_jiffies = bpf_jiffies64(),
		.slot = work->decision.slot,
		.opener = opener,
		.state = opener == direction ? WEIR_FLOW_NEW : WEIR_FLOW_ESTABLISHED,
	};
	long error;

	if (work->packet.tcp_flags & (WEIR_TCP_FIN | WEIR_TCP_RST))
		flow.state = WEIR_FLOW_CLOSING;
	if (work->decision.on_change == WEIR_KEEP)
		flow.holder = weir_holder(&work->packet);
	flow.packets[direction] = work->packets;
	flow.bytes[direction] = work->bytes;

	if (__sync_fetch_and_add(&endpoint->flows, 1) < endpoint->flow_quota) {
		error = bpf_map_update_elem(&weir_flows, &work->packet.key, &flow, BPF_NOEXIST);
		if (!error) {
			__sync_fetch_and_add(&endpoint->flows_opened, 1);
			return;
		}
		if (error == -17) { /* EEXIST: another processor was first */
			struct weir_flow *winner = bpf_map_lookup_elem(&weir_flows, &work->packet.key);

			if (winner) {
				__sync_fetch_and_add(&endpoint->flows, -1);
				weir_count_flow(winner, work);
				return;
			}
		}
	}
	__sync_fetch_and_add(&endpoint->flows, -1);
	__sync_fetch_and_add(&endpoint->flows_untracked, 1);
}

/* Takes over the verdict that let the flow pass, if the policy that gave it lets live flows finish (on-change: keep). That
 * ends when somebody else gets the outside address: addresses that come and go take effect at once. Returns whether it
 * did. */
static __always_inline int weir_keep(struct weir_work *work, const struct weir_flow *flow)
{
	__u64 judgement = *(volatile __u64 *)&flow->judgement;

	if (weir_judged_on_change(judgement) != WEIR_KEEP || !weir_passes(weir_judged_verdict(judgement)))
		return 0;
	if (flow->holder != weir_holder(&work->packet))
		return 0;
	work->decision.verdict = weir_judged_verdict(judgement);
	work->decision.on_change = WEIR_KEEP;
	work->basis = WEIR_BASIS_KEPT;
	work->decision.cell = weir_judged_cell(judgement);
	return 1;
}

/* Whether a live flow that is refused was cut by on-change: reset. Its judgement keeps saying WEIR_RESET, which means nothing
 * else where nothing passes, so that every packet that still comes is answered and not only the first: a RST that a side does
 * not take because others were on the way draws a packet with the right numbers out of it (RFC 5961, section 3.2). */
static __always_inline void weir_cut(struct weir_work *work, __u64 old)
{
	work->decision.on_change = WEIR_REEVALUATE;
	if (weir_judged_on_change(old) != WEIR_RESET || work->packet.key.protocol != IPPROTO_TCP)
		return;
	work->decision.on_change = WEIR_RESET;
	work->decision.cut = weir_passes(weir_judged_verdict(old)) ? WEIR_CUT_NOW : WEIR_CUT_BEFORE;
}

/* Writes the decision into the flow, or into a new one. */
static __always_inline void weir_remember(struct weir_work *work, struct weir_endpoint *endpoint,
					  struct weir_flow *flow, __u8 opener)
{
	__u64 old;

	if (!flow) {
		if (weir_passes(work->decision.verdict))
			weir_open_flow(work, endpoint, opener);
		return;
	}
	old = *(volatile __u64 *)&flow->judgement;
	if (weir_reopens(flow, &work->packet)) {
		if (!weir_passes(work->decision.verdict))
			return; /* the flow that is there goes on: a forged SYN must not end it */
		flow->opener = opener;
		flow->state = WEIR_FLOW_NEW;
	}
	/* a packet that follows an older epoch leaves the newer judgement alone */
	if ((__s32)(work->epoch - weir_judged_epoch(old)) >= 0) {
		if (!weir_passes(work->decision.verdict))
			weir_cut(work, old);
		if (work->decision.on_change == WEIR_KEEP)
			flow->holder = weir_holder(&work->packet);
		*(volatile __u64 *)&flow->judgement = weir_judgement(work->epoch, &work->decision);
	}
	weir_count_flow(flow, work);
}

/* A packet without a flow, or whose flow was judged in another epoch: judges who opened it. */
__noinline int weir_judge(struct weir_work *work)
{
	struct weir_device_key device = {};
	__u8 sender, opener;
	struct weir_endpoint *endpoint;
	struct weir_flow *flow;
	__u32 *slot;

	if (!work)
		return 0;
	sender = opener = work->packet.direction & 1;
	device.ifindex = work->packet.key.ifindex;
	device.vantage = work->packet.key.vantage;
	work->decision.verdict = WEIR_DENY;
	work->decision.outcome = WEIR_DROP_POLICY;
	slot = bpf_map_lookup_elem(&weir_devices, &device);
	if (!slot)
		return 0;
	work->decision.slot = *slot;
	endpoint = bpf_map_lookup_elem(&weir_endpoints, slot);
	if (!endpoint)
		return 0;

	flow = bpf_map_lookup_elem(&weir_flows, &work->packet.key);
	if (flow && !weir_reopens(flow, &work->packet))
		opener = flow->opener & 1;
	else if ((work->packet.tcp_flags & (WEIR_TCP_SYN | WEIR_TCP_ACK)) == (WEIR_TCP_SYN | WEIR_TCP_ACK))
		opener = !sender; /* answers a SYN that passed before we looked */
	if (!flow || weir_reopens(flow, &work->packet) || !weir_keep(work, flow))
		weir_judge_as(work, endpoint, opener);

	/* In mid-stream nothing says who opened: after an attach to a live host, or where a flow could not be kept, the
	 * packet passes if either side may have, and a policy in audit mode only tells of what neither may. It is no
	 * opening itself, so nothing new can come of it. */
	if (!flow && work->decision.verdict != WEIR_ALLOW && work->packet.role == WEIR_REPLIES) {
		const struct weir_decision first = work->decision;

		weir_judge_as(work, endpoint, !opener);
		if (weir_prefers(&work->decision, &first))
			opener = !opener;
		else
			work->decision = first;
	}

	if (!work->asking)
		weir_remember(work, endpoint, flow, opener);
	return 0;
}

#endif
