// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Something in the kernel that is not as the agent made it.
/// @param kind such as `link-missing`, `foreign`, `map-full`
/// @param namespace behind the device; null where it is about no device
/// @param hook `tcx` or `xdp`; null where it is about no device
/// @param since when it was seen first
/// @param ended when it was over; null while it lasts
/// @param remedy what to do; null where the agent mends it
public record DriftView(
        String kind,
        @Nullable String namespace,
        @Nullable String device,
        @Nullable String hook,
        String what,
        Instant since,
        @Nullable Instant ended,
        @Nullable String remedy) {}
