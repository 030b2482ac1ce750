// SPDX-License-Identifier: Apache-2.0
/// The agent's meters: one declaration names, documents and registers each of them, and a scrape shows one
/// snapshot of the kernel's counters. Knows nothing of maps, devices or HTTP.
@NullMarked
package dev.weir.agent.metrics;

import org.jspecify.annotations.NullMarked;
