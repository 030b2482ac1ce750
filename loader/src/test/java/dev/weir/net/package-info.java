// SPDX-License-Identifier: Apache-2.0
/// Tests of what the kernel says of namespaces; those tagged `kernel` make namespaces and devices with `ip`.
@NullMarked
package dev.weir.net;

import org.jspecify.annotations.NullMarked;
