// SPDX-License-Identifier: Apache-2.0
/// Who holds which address, and which device may send from which Ethernet address: decided from the world, the
/// configuration and who held what before, and from nothing else. Knows neither maps nor netlink; changes nothing.
@NullMarked
package dev.weir.agent.owner;

import org.jspecify.annotations.NullMarked;
