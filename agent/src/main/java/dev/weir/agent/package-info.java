// SPDX-License-Identifier: Apache-2.0
/// Starts the program and puts its parts together; nothing else.
@NullMarked
package dev.weir.agent;

import org.jspecify.annotations.NullMarked;
