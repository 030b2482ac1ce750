// SPDX-License-Identifier: Apache-2.0
/// Takes events out of the kernel's ring, gives them the names that people know, and keeps the latest of them
/// together with those of the agent itself. It changes nothing but the reader's place in the ring, and knows nothing
/// of HTTP, metrics or commands.
@NullMarked
package dev.weir.agent.event;

import org.jspecify.annotations.NullMarked;
