// SPDX-License-Identifier: Apache-2.0
/// placeholder
@NullMarked
package dev.weir.policy;

import org.jspecify.annotations.NullMarked;
