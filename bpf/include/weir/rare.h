/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The rare shapes of IP headers, copied out in global functions, which the verifier proves once each. */
#ifndef WEIR_RARE_H
#define WEIR_RARE_H

#include <linux/in.h>
#include <linux/in6.h>

#include "weir/packet.h"

/* Whether the options at `offset` hold a source route (RFC 791: 131 loose, 137 strict) or do not end where they should.
 * Visits every byte and skips the bodies, because an index that the packet chooses makes the verifier walk each choice. */
__noinline int weir_bad_options(struct weir_context *ctx, __u32 offset, __u32 bytes)
{
	__u8 option[WEIR_MAX_OPTIONS + 1] = {}; /* the last one is the length of an option that lacks it: 0, so bad */
	__u32 skip = 0;

	if (bytes < 4 || bytes > WEIR_MAX_OPTIONS)
		return 1;
	if (weir_load(ctx, offset, option, bytes))
		return 1;
	for (__u32 i = 0; i < WEIR_MAX_OPTIONS; i++) {
		__u8 length = option[i + 1];

		if (i >= bytes)
			break;
		if (skip) {
			skip--;
			continue;
		}
		if (option[i] == 0)
			return 0;
		if (option[i] == 131 || option[i] == 137)
			return 1;
		if (option[i] == 1)
			continue;
		if (length < 2 || i + length > bytes)
			return 1;
		skip = length - 1;
	}
	return 0;
}

struct weir_extension {
	__u8 next;
	__u8 length;
	__be16 fragment_offset; /* of a fragment header */
	__be32 fragment_id;
};

/* Walks IPv6 extension headers (RFC 8200, section 4) from packet->l4 on; moves it to the transport header and sets the
 * protocol. Returns WEIR_PASS or the reason to drop. */
__noinline int weir_walk_extensions(struct weir_context *ctx, struct weir_packet *packet)
{
	struct weir_extension header;
	__u32 offset, left;
	__u8 protocol;

	if (!packet)
		return WEIR_DROP_MALFORMED; /* the verifier wants every pointer of a global function checked */
	offset = packet->l4;
	left = packet->l4_bytes;
	protocol = packet->key.protocol;

	for (int i = 0; i <= WEIR_MAX_EXTENSIONS; i++) {
		__u32 bytes;

		if (protocol != IPPROTO_HOPOPTS && protocol != IPPROTO_ROUTING && protocol != IPPROTO_DSTOPTS &&
		    protocol != IPPROTO_FRAGMENT && protocol != IPPROTO_AH) {
			packet->key.protocol = protocol;
			packet->l4 = offset;
			packet->l4_bytes = left;
			return WEIR_PASS;
		}
		if (i == WEIR_MAX_EXTENSIONS)
			break;
		if (left < sizeof(header) || weir_load(ctx, offset, &header, sizeof(header)))
			return WEIR_DROP_MALFORMED;
		bytes = (header.length + 1) * 8;
		if (protocol == IPPROTO_AH) {
			bytes = (header.length + 2) * 4; /* RFC 4302, section 2.2 */
		} else if (protocol == IPPROTO_ROUTING) {
			/* type and segments left stand where a fragment header has its offset */
			if (bpf_ntohs(header.fragment_offset) >> 8 == 0 && (bpf_ntohs(header.fragment_offset) & 0xff))
				return WEIR_DROP_MALFORMED; /* source route, RFC 5095 */
		} else if (protocol == IPPROTO_FRAGMENT) {
			__u16 fragment = bpf_ntohs(header.fragment_offset);

			/* a piece of a piece would be known by the inner header here, and by the outer one to others */
			if (packet->fragment_l4)
				return WEIR_DROP_MALFORMED;
			bytes = sizeof(header);
			packet->fragment_id = header.fragment_id;
			packet->fragment_l4 = offset + bytes;
			if (fragment & 0xfff8) {
				packet->fragmentation = WEIR_LATER;
				packet->fragment_units = fragment >> 3;
				if ((fragment & 0xfff8) + left - bytes > 0xffff)
					return WEIR_DROP_MALFORMED;
				packet->key.protocol = header.next;
				packet->l4 = offset + bytes;
				packet->l4_bytes = left - bytes;
				return WEIR_PASS;
			}
			if (fragment & 1)
				packet->fragmentation = WEIR_FIRST;
		}
		if (bytes > left)
			return WEIR_DROP_MALFORMED;
		protocol = header.next;
		offset += bytes;
		left -= bytes;
	}
	return WEIR_DROP_EXTENSIONS;
}

#endif
