// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import org.jspecify.annotations.Nullable;

/// A network namespace in which devices are judged, or should be.
/// @param name `host`, or that under `/run/netns`
/// @param problem why it is not looked at; null when it is, or no agent looks
public record VantageView(String name, @Nullable String problem) {}
