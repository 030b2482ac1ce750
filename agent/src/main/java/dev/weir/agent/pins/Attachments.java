// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import dev.weir.abi.DeviceKey;
import java.util.Set;

/// Which devices carry programs of Weir.
///
/// @param tcx those with a live link on both TCX hooks
/// @param xdp those with one in the driver
public record Attachments(Set<DeviceKey> tcx, Set<DeviceKey> xdp) {
    public static final Attachments NONE = new Attachments(Set.of(), Set.of());

    public Attachments {
        tcx = Set.copyOf(tcx);
        xdp = Set.copyOf(xdp);
    }
}
