// SPDX-License-Identifier: Apache-2.0
/// Tests of how namespaces are found and named.
@NullMarked
package dev.weir.agent.netns;

import org.jspecify.annotations.NullMarked;
