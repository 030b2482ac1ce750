// SPDX-License-Identifier: Apache-2.0
/// From text to the model: reads policy files and the set files that they name, strictly, and says every error
/// of a directory at once with its place. Size and number of files are bounded, and whatever is read, the
/// answer is policies or diagnostics, never an exception. It knows no kernel and no image.
@NullMarked
package dev.weir.policy.yaml;

import org.jspecify.annotations.NullMarked;
