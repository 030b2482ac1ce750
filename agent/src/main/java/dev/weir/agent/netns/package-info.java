// SPDX-License-Identifier: Apache-2.0
/// Which namespaces exist, which host-side devices lead to them on which segments, and which addresses they have: the
/// world as one value, read from netlink, `/run/netns`, `/proc` and what container engines keep on disk. It changes
/// nothing, and of policies it only knows what they call a device.
@NullMarked
package dev.weir.agent.netns;

import org.jspecify.annotations.NullMarked;
