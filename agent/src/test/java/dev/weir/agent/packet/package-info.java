// SPDX-License-Identifier: Apache-2.0
/// Packets and what the loaded programs make of them, in tables and by property. Owns frames as bytes; knows
/// the programs only through the rig `Judge`, and no socket.
@NullMarked
package dev.weir.agent.packet;

import org.jspecify.annotations.NullMarked;
