// SPDX-License-Identifier: Apache-2.0
/// Tests of what is kept of events, without a kernel.
@NullMarked
package dev.weir.agent.event;

import org.jspecify.annotations.NullMarked;
