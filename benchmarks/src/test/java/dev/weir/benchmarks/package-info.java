// SPDX-License-Identifier: Apache-2.0
/// Holds what is not noisy among the costs of Weir to the bounds of `limits.txt`.
@NullMarked
package dev.weir.benchmarks;

import org.jspecify.annotations.NullMarked;
