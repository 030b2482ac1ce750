// SPDX-License-Identifier: Apache-2.0
/// The agent's configuration: weir.yaml as immutable values, and every error in it with its place. Knows what may
/// be said, not what is done with it.
@NullMarked
package dev.weir.agent.config;

import org.jspecify.annotations.NullMarked;
