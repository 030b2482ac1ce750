// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Carries the debug types of every struct in abi.h, so that LayoutTest can compare them; it is never loaded. */
#include "weir/abi.h"

#define CARRY(type) struct type *carry_##type = 0

CARRY(weir_flow_key);
CARRY(weir_flow);
CARRY(weir_device_key);
CARRY(weir_endpoint);
CARRY(weir_count);
CARRY(weir_counters);
CARRY(weir_cell);
CARRY(weir_cell_owner);
CARRY(weir_address_key);
CARRY(weir_fragment_key);
CARRY(weir_fragment);
CARRY(weir_state);
CARRY(weir_expire_args);
CARRY(weir_settings);
CARRY(weir_step);
CARRY(weir_step6);
CARRY(weir_services);
CARRY(weir_section);
CARRY(weir_namespace_lists);
CARRY(weir_image);
