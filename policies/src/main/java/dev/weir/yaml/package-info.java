// SPDX-License-Identifier: Apache-2.0
/// From bytes to values with places: reads one YAML document, strictly, and collects what is wrong with it. The bytes
/// are hostile: depth, number of values and number of messages are bounded, and whatever is read, the answer is a tree
/// or diagnostics, never an exception. It knows neither policies nor settings.
@NullMarked
package dev.weir.yaml;

import org.jspecify.annotations.NullMarked;
