// SPDX-License-Identifier: Apache-2.0
/// What the kernel tests of this module share: commands, open descriptors, a scratch directory for pins.
@NullMarked
package dev.weir.testing;

import org.jspecify.annotations.NullMarked;
