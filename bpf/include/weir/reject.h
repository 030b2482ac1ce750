/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Answers for packets that are refused: TCP gets RST, the rest ICMP or ICMPv6 port unreachable, made out of the refused
 * packet and sent over the same device. Off the hot path; each function is proved once.
 *
 * An answer meets our programs again on its way, where nothing of it may be taken for traffic of the endpoint. It is known
 * by a secret of the agent in skb->cb, which stays with an skb between a redirect and the next hook and is taken out there;
 * no namespace learns it, and without it an answer would only be judged like any packet. It is never answered itself, as no
 * RST and no ICMP error is. docs/adr/0011-reject.md has the choice.
 */
#ifndef WEIR_REJECT_H
#define WEIR_REJECT_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "weir/abi.h"
#include "weir/flow.h"
#include "weir/maps.h"
#include "weir/packet.h"

#define WEIR_TCX_NEXT -1 /* include/uapi/linux/bpf.h, enum tcx_action_base, from 6.6 on */
#define WEIR_TCX_DROP 2

#define WEIR_ANSWER_INTERVAL_NS 10000000ULL /* an endpoint's packets get 100 answers a second */
#define WEIR_ANSWER_BURST 100		    /* and as many at once after a quiet second */
#define WEIR_ANSWER_TTL 64
#define WEIR_QUOTE_BYTES                                                                                               \
	96 /* of the refused packet in an ICMP error: more than the longest header of IPv4 and RFC 792's 8 bytes */
#define WEIR_PAYLOAD_BYTES (sizeof(struct weir_icmp) + WEIR_QUOTE_BYTES)

#define WEIR_L2_BYTES (sizeof(struct ethhdr) + 4 * WEIR_MAX_VLANS)
#define WEIR_ICMP_REDIRECT 5
#define WEIR_ICMPV6_INFORMATIONAL 128 /* from here on messages are no errors (RFC 4443, section 2.1) */
#define WEIR_ND_REDIRECT 137
#define WEIR_PORT_UNREACHABLE 3
#define WEIR_PORT_UNREACHABLE_V6 4

/* What a refused packet is answered with, from the transport header on. */
struct weir_reply {
	__u8 payload[WEIR_PAYLOAD_BYTES]; /* the checksum in it is zero */
	__u32 length;			  /* of the payload */
	__u8 protocol;			  /* IPPROTO_* */
	__u8 checksum_at;		  /* offset in the payload */
	__u8 back;			  /* goes to the sender of the refused packet, else on to its receiver */
	__u8 pad;
};

/* Whether this packet is an answer of ours; if it is, it will not be taken for one again. */
static __always_inline int weir_is_answer(struct __sk_buff *skb, const volatile struct weir_settings *settings)
{
	if (skb->cb[0] != (__u32)settings->secret || skb->cb[1] != settings->secret >> 32)
		return 0;
	skb->cb[0] = 0;
	skb->cb[1] = 0;
	return 1;
}

static __always_inline __u16 weir_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/*
 * Makes the frame `length` bytes long, with no checksum or segmentation left for a device to do. The new tail is first
 * `surplus` bytes too long, and then as many are cut out behind the Ethernet header: change_tail forgets the segments of a
 * super-packet, and adjust_room a checksum that was to be finished later (CHECKSUM_PARTIAL), because it then would start
 * before the packet. A frame with a tag in its bytes is not for adjust_room; it only gets its length.
 */
static __always_inline int weir_reshape(struct __sk_buff *skb, const struct weir_packet *packet, __u32 length)
{
	__u32 surplus = (packet->l4 & 0x7fff) + 8;

	if (length + surplus == skb->len)
		surplus += 8; /* a length that stays keeps a checksum over the whole packet (CHECKSUM_COMPLETE) */
	if (bpf_skb_change_tail(skb, length + surplus, 0))
		return -1;
	if (bpf_skb_adjust_room(skb, -(__s32)surplus, BPF_ADJ_ROOM_MAC, 0) && bpf_skb_change_tail(skb, length, 0))
		return -1;
	return 0;
}

/* Turns the skb into the answer. Returns 0, or a negative number when that failed. */
__noinline int weir_write_reply(struct __sk_buff *skb, struct weir_packet *packet, struct weir_reply *reply)
{
	__u32 l3, length, header, wide;
	__u8 link[WEIR_L2_BYTES];
	const __u8 *source, *destination;
	__be16 sum;
	__u64 total = 0;

	if (!packet || !reply)
		return -1;
	l3 = packet->l3;
	length = reply->length;
	if (l3 < sizeof(struct ethhdr) || l3 > sizeof(link) || length < 1 || length > sizeof(reply->payload) ||
	    reply->checksum_at > sizeof(struct tcphdr))
		return -1;
	if (bpf_skb_load_bytes(skb, 0, link, l3))
		return -1;
	wide = !weir_is_mapped((struct in6_addr *)packet->key.inside);
	header = wide ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	if (weir_reshape(skb, packet, l3 + header + length))
		return -1;

	if (reply->back) {
		__u8 receiver[ETH_ALEN];

		__builtin_memcpy(receiver, link, ETH_ALEN);
		__builtin_memcpy(link, link + ETH_ALEN, ETH_ALEN);
		__builtin_memcpy(link + ETH_ALEN, receiver, ETH_ALEN);
	}
	if (bpf_skb_store_bytes(skb, 0, link, l3, BPF_F_INVALIDATE_HASH))
		return -1;

	source = reply->back ? weir_destination(packet) : weir_source(packet);
	destination = reply->back ? weir_source(packet) : weir_destination(packet);
	if (wide) {
		struct ipv6hdr ip = {
			.version = 6,
			.payload_len = bpf_htons(length),
			.nexthdr = reply->protocol,
			.hop_limit = WEIR_ANSWER_TTL,
		};

		__builtin_memcpy(&ip.saddr, source, 16);
		__builtin_memcpy(&ip.daddr, destination, 16);
		if (bpf_skb_store_bytes(skb, l3, &ip, sizeof(ip), 0))
			return -1;
	} else {
		struct iphdr ip = {
			.version = 4,
			.ihl = 5,
			.tot_len = bpf_htons(sizeof(ip) + length),
			.frag_off = bpf_htons(0x4000), /* do not fragment, so that no identification is needed */
			.ttl = WEIR_ANSWER_TTL,
			.protocol = reply->protocol,
		};

		__builtin_memcpy(&ip.saddr, source + 12, 4);
		__builtin_memcpy(&ip.daddr, destination + 12, 4);
		ip.check = weir_fold(bpf_csum_diff(NULL, 0, (__be32 *)&ip, sizeof(ip), 0));
		if (bpf_skb_store_bytes(skb, l3, &ip, sizeof(ip), 0))
			return -1;
	}

	/* pseudo header: RFC 9293 section 3.1, RFC 8200 section 8.1; ICMP has none. The fixed words of a mapped address
	 * add up to nothing in ones' complement, so both families are summed alike. */
	if (reply->protocol != IPPROTO_ICMP) {
		total = bpf_csum_diff(NULL, 0, (__be32 *)packet->key.inside, 16, 0);
		total += (__u32)bpf_csum_diff(NULL, 0, (__be32 *)packet->key.outside, 16, 0);
		total += bpf_htons(length);
		total += bpf_htons(reply->protocol);
	}
	total += (__u32)bpf_csum_diff(NULL, 0, (__be32 *)reply->payload, (length + 3) & ~3U, 0);
	sum = weir_fold(total);
	if (bpf_skb_store_bytes(skb, l3 + header, reply->payload, length, 0))
		return -1;
	return bpf_skb_store_bytes(skb, l3 + header + reply->checksum_at, &sum, sizeof(sum), 0);
}

/* Whether one host may have this address: RFC 1122 section 3.2.1.3, RFC 4291 section 2. */
static __always_inline int weir_is_host(const __u8 *address)
{
	const __be32 *word = (const __be32 *)address;

	if (weir_is_mapped((const struct in6_addr *)address))
		return address[12] != 0 && address[12] != 127 && address[12] < 224;
	if (word[0] == 0 && word[1] == 0 && word[2] == 0 && (word[3] == 0 || word[3] == bpf_htonl(1)))
		return 0;
	return address[0] != 0xff;
}

/* Whether the packet is of those that no error is sent about: RFC 1122 section 3.2.2, RFC 4443 section 2.4 (e). That RST
 * answers no RST is said where RST is made. */
static __always_inline int weir_unanswerable(struct __sk_buff *skb, struct weir_packet *packet)
{
	__u8 link[2 * ETH_ALEN];
	__u8 type = packet->icmp >> 8;

	if (packet->fragmentation == WEIR_LATER || packet->quotes)
		return 1;
	if (packet->key.protocol == IPPROTO_ICMP &&
	    (type == WEIR_ICMP_UNREACHABLE || type == WEIR_ICMP_QUENCH || type == WEIR_ICMP_REDIRECT ||
	     type == WEIR_ICMP_TIME_EXCEEDED || type == WEIR_ICMP_PARAMETER))
		return 1;
	if (packet->key.protocol == IPPROTO_ICMPV6 && (type < WEIR_ICMPV6_INFORMATIONAL || type == WEIR_ND_REDIRECT))
		return 1;
	if (bpf_skb_load_bytes(skb, 0, link, sizeof(link)) || link[0] & 1 || link[ETH_ALEN] & 1)
		return 1;
	return !weir_is_host(packet->key.inside) || !weir_is_host(packet->key.outside);
}

static __always_inline void weir_reset(struct weir_reply *reply, __be16 source, __be16 destination, __u32 sequence,
				       __u32 acknowledged, __u8 flags)
{
	struct tcphdr *tcp = (struct tcphdr *)reply->payload;

	__builtin_memset(tcp, 0, sizeof(*tcp));
	tcp->source = source;
	tcp->dest = destination;
	tcp->seq = bpf_htonl(sequence);
	tcp->ack_seq = bpf_htonl(acknowledged);
	tcp->doff = sizeof(*tcp) / 4;
	((__u8 *)tcp)[13] = flags | WEIR_TCP_RST;
	reply->length = sizeof(*tcp);
	reply->protocol = IPPROTO_TCP;
	reply->checksum_at = __builtin_offsetof(struct tcphdr, check);
}

/* Where answers go that travel in `direction`: back out of the device or in through it, so that they meet its hook for
 * that direction. */
static __always_inline __u64 weir_way(__u8 direction)
{
	return direction == WEIR_EGRESS ? BPF_F_INGRESS : 0;
}

/* RST for the sender (RFC 9293, section 3.10.7.1), and if a policy change has just cut the flow, first one for the receiver:
 * with the sequence number of this packet, which it expects if nothing was lost before. Returns what the program is to
 * return, or a negative number when the answer could not be made. */
static __always_inline int weir_answer_tcp(struct __sk_buff *skb, struct weir_work *work, struct weir_reply *reply)
{
	struct weir_packet *packet = &work->packet;
	__u32 sequence, acknowledged;
	struct tcphdr tcp;
	__u8 flags = packet->tcp_flags, syn = !!(flags & WEIR_TCP_SYN);

	if (bpf_skb_load_bytes(skb, packet->l4, &tcp, sizeof(tcp)))
		return -1;
	sequence = bpf_ntohl(tcp.seq);
	acknowledged = bpf_ntohl(tcp.ack_seq);
	if (work->decision.cut == WEIR_CUT_NOW) {
		weir_reset(reply, tcp.source, tcp.dest, sequence + syn, flags & WEIR_TCP_ACK ? acknowledged : 0,
			   flags & WEIR_TCP_ACK);
		if (weir_write_reply(skb, packet, reply))
			return -1;
		bpf_clone_redirect(skb, skb->ifindex, weir_way(packet->direction));
	}
	if (flags & WEIR_TCP_RST)
		return WEIR_TCX_DROP; /* who sent it knows */
	if (flags & WEIR_TCP_ACK)
		weir_reset(reply, tcp.dest, tcp.source, acknowledged, 0, 0);
	else
		weir_reset(reply, tcp.dest, tcp.source, 0,
			   sequence + packet->l4_bytes - tcp.doff * 4 + syn + !!(flags & WEIR_TCP_FIN), WEIR_TCP_ACK);
	reply->back = 1;
	if (weir_write_reply(skb, packet, reply))
		return -1;
	return bpf_redirect(skb->ifindex, weir_way(!packet->direction));
}

/* Port unreachable for the sender: RFC 792, RFC 4443 section 3.1. Returns as weir_answer_tcp. */
static __always_inline int weir_answer_icmp(struct __sk_buff *skb, struct weir_work *work, struct weir_reply *reply)
{
	struct weir_icmp *icmp = (struct weir_icmp *)reply->payload;
	struct weir_packet *packet = &work->packet;
	__u32 quoted = packet->l4 + packet->l4_bytes - packet->l3;

	if (quoted > WEIR_QUOTE_BYTES)
		quoted = WEIR_QUOTE_BYTES;
	barrier_var(quoted); /* else what follows is compared in another register than it is used in */
	if (quoted < sizeof(struct iphdr) ||
	    bpf_skb_load_bytes(skb, packet->l3, reply->payload + sizeof(*icmp), quoted))
		return -1;
	if (weir_is_mapped((struct in6_addr *)packet->key.inside)) {
		reply->protocol = IPPROTO_ICMP;
		icmp->type = WEIR_ICMP_UNREACHABLE;
		icmp->code = WEIR_PORT_UNREACHABLE;
	} else {
		reply->protocol = IPPROTO_ICMPV6;
		icmp->type = WEIR_ICMPV6_UNREACHABLE;
		icmp->code = WEIR_PORT_UNREACHABLE_V6;
	}
	reply->length = sizeof(*icmp) + quoted;
	reply->checksum_at = __builtin_offsetof(struct weir_icmp, checksum);
	reply->back = 1;
	if (weir_write_reply(skb, packet, reply))
		return -1;
	return bpf_redirect(skb->ifindex, weir_way(!packet->direction));
}

/* Answers a packet that a rule rejects or whose flow was cut by on-change: reset, if it may be answered and its endpoint has
 * an answer left. Returns what the program is to return. */
__noinline int weir_refuse(struct __sk_buff *skb, struct weir_work *work, __u64 secret)
{
	struct weir_reply reply = {};
	struct weir_endpoint *endpoint;
	int result = -1;

	if (!work)
		return WEIR_TCX_DROP;
	if (weir_unanswerable(skb, &work->packet))
		return WEIR_TCX_DROP;
	if (work->packet.tcp_flags & WEIR_TCP_RST && work->decision.cut != WEIR_CUT_NOW)
		return WEIR_TCX_DROP; /* nothing answers a RST */
	endpoint = bpf_map_lookup_elem(&weir_endpoints, &work->decision.slot);
	if (!endpoint)
		return WEIR_TCX_DROP;
	if (weir_grant(&endpoint->answer_due_ns, bpf_ktime_get_ns(), WEIR_ANSWER_INTERVAL_NS,
		       WEIR_ANSWER_BURST * WEIR_ANSWER_INTERVAL_NS)) {
		skb->cb[0] = secret;
		skb->cb[1] = secret >> 32;
		result = work->packet.key.protocol == IPPROTO_TCP ? weir_answer_tcp(skb, work, &reply) :
								    weir_answer_icmp(skb, work, &reply);
	}
	if (result < 0) {
		__sync_fetch_and_add(&endpoint->answers_suppressed, 1);
		return WEIR_TCX_DROP;
	}
	return result;
}

#endif
