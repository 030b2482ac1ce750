// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import org.jspecify.annotations.Nullable;

/// A host-side device that is, or should be, enforced.
/// @param ifindex in its vantage
/// @param hook where programs are attached: `tcx`
/// @param attached whether both directions are enforced
/// @param error why it is not attached; null when it is
public record DeviceView(
        String namespace,
        String device,
        int ifindex,
        String vantage,
        String hook,
        boolean attached,
        @Nullable String error) {}
