/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What the policies say about a packet, if one side or the other opened its flow. */
#ifndef WEIR_DECIDE_H
#define WEIR_DECIDE_H

#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "weir/abi.h"
#include "weir/flow.h"
#include "weir/guard.h"
#include "weir/image.h"
#include "weir/maps.h"
#include "weir/packet.h"

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
		work->decision.log = !!(word & WEIR_RULE_LOG);
		work->decision.guessed = !!(word & WEIR_RULE_WATCH);
		layer = weir_u32(images, layer + __builtin_offsetof(struct weir_layer, cells));
		work->decision.cell = weir_u32(images, layer + rule * sizeof(__u32)) & 0xffffff;
		return 1;
	}
	return 0;
}

/* The number of who holds the outside address, or 0. Of several that hold one address in separate segments, the one in the
 * segment that the packet came from, then the one in the endpoint's own. */
static __always_inline __u32 weir_holder_from(const struct weir_work *work, const struct weir_endpoint *endpoint,
					      __u32 from)
{
	const struct weir_flow_key *key = &work->packet.key;
	__u32 number = 0;

	if (from && from != endpoint->segment)
		number = weir_holder_in(key->outside, key->vantage, from);
	if (!number)
		number = weir_holder_in(key->outside, key->vantage, endpoint->segment);
	if (!number)
		number = weir_holder_in(key->outside, key->vantage, WEIR_ANYWHERE);
	return number;
}

static __always_inline __u32 weir_holder(const struct weir_work *work, const struct weir_endpoint *endpoint)
{
	return weir_holder_from(work, endpoint, work->from);
}

/* The same as weir_flow has it. Looked for once. */
static __always_inline __u32 weir_peer_of(struct weir_work *work, const struct weir_endpoint *endpoint)
{
	if (!work->peer) {
		__u32 holder = weir_holder(work, endpoint);

		work->peer = holder ? holder : WEIR_WORLD;
	}
	return work->peer;
}

/* Forgets what was decided, but for whose packet it is. */
static __always_inline void weir_undecide(struct weir_decision *decision)
{
	__u32 slot = decision->slot;
	__u8 foreign = decision->foreign;

	__builtin_memset(decision, 0, sizeof(*decision));
	decision->slot = slot;
	decision->foreign = foreign;
	decision->outcome = WEIR_DROP_POLICY;
}

/* Judges the packet as one of a flow opened by `opener` and writes the decision. A function of its own, that the verifier walks
 * through once and not for each way to it. */
__noinline int weir_judge_as(struct weir_work *work, struct weir_endpoint *endpoint, __u8 opener)
{
	const void *images = weir_images_value();
	__u32 chain, service, holder = 0;

	if (!work || !endpoint)
		return 0;
	weir_undecide(&work->decision);
	chain = endpoint->chain[work->epoch & 1];
	if (!images || !chain)
		return 0;
	if (weir_u32(images, chain + __builtin_offsetof(struct weir_chain, asks_holder)))
		holder = weir_peer_of(work, endpoint);
	if (holder == WEIR_WORLD)
		holder = 0;
	service = weir_service(&work->packet, opener);
	weir_walk(work, chain, opener, holder, service);
	if (work->decision.audit) {
		const struct weir_decision audited = work->decision;

		weir_undecide(&work->decision);
		weir_walk(work, chain, opener | WEIR_VIEW_ENFORCED, holder, service);
		if (audited.verdict == WEIR_AUDIT && work->decision.verdict == WEIR_ALLOW)
			work->decision = audited;
	}
	return 0;
}

/* Whether a packet that either side may have opened is rather one of `other` than of `first`. */
static __always_inline int weir_prefers(const struct weir_decision *other, const struct weir_decision *first)
{
	return other->verdict == WEIR_ALLOW || (weir_passes(other->verdict) && !weir_passes(first->verdict));
}

/* Drops a packet that no rule decided about, or in spite of the rule that did. */
static __always_inline void weir_drop(struct weir_work *work, enum weir_outcome outcome)
{
	work->decision.cell = 0;
	work->decision.verdict = WEIR_DENY;
	work->decision.outcome = outcome;
}

#endif
