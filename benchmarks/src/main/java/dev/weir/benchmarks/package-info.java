// SPDX-License-Identifier: Apache-2.0
/// Measures Weir and prints the figures beside their budgets. It holds nothing to them: a busy machine must not fail a
/// build. Nothing depends on it.
@NullMarked
package dev.weir.benchmarks;

import org.jspecify.annotations.NullMarked;
