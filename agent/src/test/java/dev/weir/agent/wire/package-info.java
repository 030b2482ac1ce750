// SPDX-License-Identifier: Apache-2.0
/// What tests and measurements put on real devices and Java has no sockets for. Knows namespaces and frames as bytes,
/// and nothing of Weir.
@NullMarked
package dev.weir.agent.wire;

import org.jspecify.annotations.NullMarked;
