// SPDX-License-Identifier: Apache-2.0
/// Asks the kernel what it would do with a packet: builds frames or reads them from a capture, and runs the packet
/// path on the live maps without changing them. Captures are hostile input. Knows no policy and no command.
@NullMarked
package dev.weir.agent.why;

import org.jspecify.annotations.NullMarked;
