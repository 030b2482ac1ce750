/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Whether who sends a packet is who it says. Holds for what leaves an endpoint, if the endpoint has a MAC to be held to
 * (guard_mac): the MAC of every frame, the source of what a flow is judged by, and what ARP and neighbour discovery claim.
 * Who holds an address is for the agent to say, in weir_addresses; docs/adr/0012-whose-address.md.
 */
#ifndef WEIR_GUARD_H
#define WEIR_GUARD_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "weir/abi.h"
#include "weir/flow.h"
#include "weir/maps.h"
#include "weir/packet.h"

#define WEIR_DHCP_SERVER 67 /* RFC 2131, section 4.1 */
#define WEIR_DHCP_CLIENT 68
#define WEIR_LEAST_PAYLOAD 46 /* of an Ethernet frame: IEEE 802.3, section 3.2.8 */
#define WEIR_ARP_REQUEST 1
#define WEIR_ARP_ETHERNET 1
#define WEIR_ND_SOURCE 1 /* options, RFC 4861 section 4.6: link-layer address of the sender */
#define WEIR_ND_TARGET 2 /* and of the target */
#define WEIR_ND_NONCE 14 /* RFC 3971, section 5.3.2; RFC 7527 puts it into address detection */
#define WEIR_ND_OPTIONS 2
#define WEIR_ND_FLAGS 0xe000 /* of an advertisement: router, solicited, override */

/* RFC 826, for Ethernet and IPv4. */
struct weir_arp {
	__be16 hardware;
	__be16 protocol;
	__u8 hardware_bytes;
	__u8 protocol_bytes;
	__be16 operation;
	__u8 sender_mac[6];
	__u8 sender[4];
	__u8 target_mac[6];
	__u8 target[4];
};
_Static_assert(sizeof(struct weir_arp) == WEIR_ARP_BYTES, "as on the wire");

/* An option of neighbour discovery that is one unit long. */
struct weir_nd_option {
	__u8 type;
	__u8 units; /* of 8 bytes */
	__u8 value[6];
};

/* RFC 4861, section 4.3 and 4.4; a router solicitation has no target. */
struct weir_discovery {
	struct weir_icmp icmp;
	__u8 target[16];
};

/* The number of who holds an address in a segment, or 0. */
static __always_inline __u32 weir_holder_in(const __u8 *address, __u32 vantage, __u32 segment)
{
	struct weir_address_key key = { .vantage = vantage, .segment = segment };
	__u32 *number;

	__builtin_memcpy(key.address, address, 16);
	number = bpf_map_lookup_elem(&weir_addresses, &key);
	return number ? *number : 0;
}

static __always_inline int weir_holds(const struct weir_endpoint *endpoint, const __u8 *address)
{
	return weir_holder_in(address, endpoint->vantage, endpoint->segment) == endpoint->namespace_number;
}

/* Whether this is the address of who has none yet: 0.0.0.0 or ::. */
static __always_inline int weir_is_unspecified(const __u8 *address)
{
	const __be32 *word = (const __be32 *)address;

	return word[0] == 0 && word[1] == 0 && (word[2] == 0 || word[2] == bpf_htonl(0xffff)) && word[3] == 0;
}

/* Whether a packet without a source address is of those that may have none: DHCP (RFC 2131, section 4.1), address detection
 * (RFC 4862, section 5.4.2) and what goes with it, multicast listener reports (RFC 3590). */
static __always_inline int weir_needs_no_source(const struct weir_packet *packet)
{
	if (!weir_is_unspecified(packet->key.inside))
		return 0;
	if (packet->key.protocol == IPPROTO_UDP)
		return weir_is_mapped((const struct in6_addr *)packet->key.inside) &&
		       packet->key.inside_port == bpf_htons(WEIR_DHCP_CLIENT) &&
		       packet->key.outside_port == bpf_htons(WEIR_DHCP_SERVER);
	return packet->key.protocol == IPPROTO_ICMPV6 && packet->key.outside[0] == 0xff &&
	       packet->key.outside[1] == 0x02;
}

static __always_inline int weir_is_guarded(const struct weir_endpoint *endpoint, const struct weir_packet *packet)
{
	return endpoint->guard_mac && packet->direction == WEIR_EGRESS;
}

/* Whether a frame says that another sent it. */
static __always_inline int weir_forges_mac(const struct weir_endpoint *endpoint, const struct weir_packet *packet)
{
	return weir_is_guarded(endpoint, packet) && endpoint->guard_mac != packet->mac;
}

/* RFC 5227: a probe names no sender yet. What leaves is no longer than Ethernet pads it to, lest it carry something. */
static __always_inline int weir_check_arp(struct weir_context *ctx, const struct weir_packet *packet,
					  const struct weir_endpoint *endpoint)
{
	struct weir_arp arp;
	__u8 sender[16];
	__be32 address;

	if (weir_load(ctx, packet->l3, &arp, sizeof(arp)))
		return WEIR_DROP_MALFORMED;
	if (arp.hardware != bpf_htons(WEIR_ARP_ETHERNET) || arp.protocol != bpf_htons(ETH_P_IP) ||
	    arp.hardware_bytes != 6 || arp.protocol_bytes != 4)
		return WEIR_DROP_MALFORMED;
	if (!weir_is_guarded(endpoint, packet))
		return WEIR_PASS;
	if (weir_length(ctx) > packet->l3 + WEIR_LEAST_PAYLOAD)
		return WEIR_DROP_MALFORMED;
	if (weir_mac(arp.sender_mac) != endpoint->guard_mac)
		return WEIR_DROP_SPOOF;
	__builtin_memcpy(&address, arp.sender, sizeof(address));
	if (address == 0)
		return arp.operation == bpf_htons(WEIR_ARP_REQUEST) ? WEIR_PASS : WEIR_DROP_SPOOF;
	weir_map_v4(sender, address);
	return weir_holds(endpoint, sender) ? WEIR_PASS : WEIR_DROP_SPOOF;
}

/* Whether `group` is the one in which who has `address` listens for solicitations (RFC 4291, section 2.7.1). */
static __always_inline int weir_is_solicited(const __u8 *group, const __u8 *address)
{
	const __be32 *word = (const __be32 *)group;

	return word[0] == bpf_htonl(0xff020000) && word[1] == 0 && word[2] == bpf_htonl(1) && group[12] == 0xff &&
	       group[13] == address[13] && group[14] == address[14] && group[15] == address[15];
}

/* What leaves as discovery passes no rule, so it must say no more than discovery needs: nothing before it, in its reserved
 * bits, or behind it, no other options, and a solicitation goes to whom it asks for. Otherwise anything could leave under its
 * name. */
static __always_inline int weir_check_discovery(struct weir_context *ctx, const struct weir_packet *packet,
						const struct weir_endpoint *endpoint)
{
	__u8 type = packet->icmp >> 8, unspecified;
	__u32 fixed = type == WEIR_ND_ROUTER_SOLICITATION ? sizeof(struct weir_icmp) : sizeof(struct weir_discovery);
	__u32 left = packet->l4_bytes - fixed, offset = packet->l4 + fixed;
	struct weir_discovery discovery = {};
	struct weir_nd_option option;
	__be16 reserved;

	if (!weir_is_guarded(endpoint, packet))
		return WEIR_PASS;
	if (packet->l4_bytes < fixed || left > WEIR_ND_OPTIONS * sizeof(option) || left % sizeof(option) ||
	    packet->l4 != packet->l3 + sizeof(struct ipv6hdr) || weir_length(ctx) != packet->l4 + packet->l4_bytes)
		return WEIR_DROP_MALFORMED;
	if (type == WEIR_ND_ROUTER_SOLICITATION ? weir_load(ctx, packet->l4, &discovery.icmp, sizeof(discovery.icmp)) :
						  weir_load(ctx, packet->l4, &discovery, sizeof(discovery)))
		return WEIR_DROP_MALFORMED;
	reserved = discovery.icmp.identifier;
	if (type == WEIR_ND_NEIGHBOUR_ADVERTISEMENT)
		reserved &= bpf_htons(~WEIR_ND_FLAGS);
	if (discovery.icmp.code || reserved || discovery.icmp.sequence)
		return WEIR_DROP_MALFORMED;
	unspecified = weir_is_unspecified(packet->key.inside);
	for (int i = 0; i < WEIR_ND_OPTIONS; i++, left -= sizeof(option), offset += sizeof(option)) {
		if (!left)
			break;
		if (weir_load(ctx, offset, &option, sizeof(option)) || option.units != 1)
			return WEIR_DROP_MALFORMED;
		if (option.type == WEIR_ND_NONCE && type == WEIR_ND_NEIGHBOUR_SOLICITATION && unspecified)
			continue;
		if (option.type != WEIR_ND_SOURCE && option.type != WEIR_ND_TARGET)
			return WEIR_DROP_MALFORMED;
		if (weir_mac(option.value) != endpoint->guard_mac)
			return WEIR_DROP_SPOOF;
	}
	if (type == WEIR_ND_NEIGHBOUR_ADVERTISEMENT && !weir_holds(endpoint, discovery.target))
		return WEIR_DROP_SPOOF;
	if (type == WEIR_ND_NEIGHBOUR_SOLICITATION && !weir_is_solicited(packet->key.outside, discovery.target) &&
	    (unspecified || __builtin_memcmp(packet->key.outside, discovery.target, 16)))
		return WEIR_DROP_MALFORMED;
	if (type != WEIR_ND_NEIGHBOUR_ADVERTISEMENT && unspecified)
		return WEIR_PASS;
	return weir_holds(endpoint, packet->key.inside) ? WEIR_PASS : WEIR_DROP_SPOOF;
}

/* Finds the endpoint of a packet's device and writes its slot into the decision; 0 where there is none. */
static __always_inline struct weir_endpoint *weir_endpoint_of(struct weir_work *work)
{
	struct weir_device_key device = {
		.ifindex = work->packet.key.ifindex,
		.vantage = work->packet.key.vantage,
	};
	__u32 *slot = bpf_map_lookup_elem(&weir_devices, &device);

	work->decision.slot = slot ? *slot : 0;
	return slot ? bpf_map_lookup_elem(&weir_endpoints, slot) : 0;
}

/* Decides about a packet that is not for the rules: parsing has decided, but for who sent it. */
__noinline int weir_decide_unruled(struct weir_context *ctx, struct weir_work *work)
{
	struct weir_endpoint *endpoint;
	int outcome;

	if (!work)
		return 0;
	outcome = work->packet.outcome;
	endpoint = weir_endpoint_of(work);
	/* Behind a device that leads to no namespace there may be routers, and they advertise themselves. */
	if (outcome == WEIR_DROP_SPOOF && work->packet.neighbour == WEIR_DISCOVERY && endpoint &&
	    !endpoint->namespace_inode)
		outcome = WEIR_PASS;
	if (outcome == WEIR_PASS) {
		if (!endpoint)
			outcome = WEIR_DROP_POLICY;
		else if (weir_forges_mac(endpoint, &work->packet))
			outcome = WEIR_DROP_SPOOF;
		else if (work->packet.neighbour == WEIR_ARP)
			outcome = weir_check_arp(ctx, &work->packet, endpoint);
		else if (work->packet.neighbour == WEIR_DISCOVERY)
			outcome = weir_check_discovery(ctx, &work->packet, endpoint);
	}
	work->decision.outcome = outcome;
	return 0;
}

#endif
