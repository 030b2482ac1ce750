// SPDX-License-Identifier: Apache-2.0
/// Holds the arrows between the packages of this module.
@NullMarked
package dev.weir;

import org.jspecify.annotations.NullMarked;
