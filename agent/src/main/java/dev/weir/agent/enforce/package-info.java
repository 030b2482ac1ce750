// SPDX-License-Identifier: Apache-2.0
/// What should be enforced, compared with what the kernel holds, turned into a printable plan and applied by
/// one thread. It owns all kernel state of Weir and is the only writer of its maps; it knows nothing of HTTP,
/// metrics or commands.
@NullMarked
package dev.weir.agent.enforce;

import org.jspecify.annotations.NullMarked;
