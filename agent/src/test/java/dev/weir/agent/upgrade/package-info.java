// SPDX-License-Identifier: Apache-2.0
/// Tests of the way from one layout of maps to another, and the older version that they begin with.
@NullMarked
package dev.weir.agent.upgrade;

import org.jspecify.annotations.NullMarked;
