// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Carries the debug types of every struct, enum and limit of abi.h and what it includes, so that LayoutTest can compare them; it is never loaded. */
#include "weir/abi.h"

#define CARRY(type) struct type *carry_##type = 0
#define CARRY_ENUM(type) const enum type *carry_##type = 0

CARRY(weir_flow_key);
CARRY(weir_flow);
CARRY(weir_device_key);
CARRY(weir_endpoint);
CARRY(weir_account);
CARRY(weir_peer_key);
CARRY(weir_peer);
CARRY(weir_handshakes);
CARRY(weir_count);
CARRY(weir_counters);
CARRY(weir_cell);
CARRY(weir_cell_owner);
CARRY(weir_address_key);
CARRY(weir_fragment);
CARRY(weir_fragments);
CARRY(weir_state);
CARRY(weir_expire_args);
CARRY(weir_ended_flow);
CARRY(weir_taken_flow);
CARRY(weir_sum_place);
CARRY(weir_sum_places);
CARRY(weir_settings);
CARRY(weir_vantage);
CARRY(weir_event);
CARRY(weir_answer);
CARRY(weir_step);
CARRY(weir_step6);
CARRY(weir_services);
CARRY(weir_section);
CARRY(weir_holder_lists);
CARRY(weir_image);
CARRY(weir_chain);
CARRY(weir_layer);

CARRY_ENUM(weir_direction);
CARRY_ENUM(weir_verdict);
CARRY_ENUM(weir_on_change);
CARRY_ENUM(weir_outcome);
CARRY_ENUM(weir_flow_state);
CARRY_ENUM(weir_basis);

/* Macros leave no debug types; these values stand in for them. */
enum weir_limits {
	WEIR_LIMIT_LAYOUT = WEIR_LAYOUT,
	WEIR_LIMIT_MAX_ENDPOINTS = WEIR_MAX_ENDPOINTS,
	WEIR_LIMIT_MAX_ADDRESSES = WEIR_MAX_ADDRESSES,
	WEIR_LIMIT_MAX_NUMBER = WEIR_MAX_NUMBER,
	WEIR_LIMIT_MAX_FLOWS = WEIR_MAX_FLOWS,
	WEIR_LIMIT_MAX_PEERS = WEIR_MAX_PEERS,
	WEIR_LIMIT_WORLD = WEIR_WORLD,
	WEIR_LIMIT_ANYWHERE = WEIR_ANYWHERE,
	WEIR_LIMIT_HANDSHAKE_BUCKETS = WEIR_HANDSHAKE_BUCKETS,
	WEIR_LIMIT_MAX_CELLS = WEIR_MAX_CELLS,
	WEIR_LIMIT_IMAGES_BYTES = WEIR_IMAGES_BYTES,
	WEIR_LIMIT_NAME_BYTES = WEIR_NAME_BYTES,
	WEIR_LIMIT_DEVICE_BYTES = WEIR_DEVICE_BYTES,
	WEIR_LIMIT_HASH_BYTES = WEIR_HASH_BYTES,
	WEIR_LIMIT_IMAGE_MAGIC = WEIR_IMAGE_MAGIC,
	WEIR_LIMIT_MAX_STEPS = WEIR_MAX_STEPS,
	WEIR_LIMIT_EVENTS_PER_SECOND = WEIR_EVENTS_PER_SECOND,
	WEIR_LIMIT_NAMESPACE_EVENTS_PER_SECOND = WEIR_NAMESPACE_EVENTS_PER_SECOND,
	WEIR_LIMIT_MAX_VANTAGES = WEIR_MAX_VANTAGES,
	WEIR_LIMIT_MAX_LAYERS = WEIR_MAX_LAYERS,
	WEIR_LIMIT_HOST_NUMBER = WEIR_HOST_NUMBER,
	WEIR_LIMIT_RULE_ON_CHANGE_SHIFT = WEIR_RULE_ON_CHANGE_SHIFT,
	WEIR_LIMIT_RULE_AUDIT = WEIR_RULE_AUDIT,
	WEIR_LIMIT_RULE_LOG = WEIR_RULE_LOG,
	WEIR_LIMIT_RULE_WATCH = WEIR_RULE_WATCH,
	WEIR_LIMIT_MAX_SUMS = WEIR_MAX_SUMS,
};
CARRY_ENUM(weir_limits);
