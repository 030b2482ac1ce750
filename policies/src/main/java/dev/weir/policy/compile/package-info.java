// SPDX-License-Identifier: Apache-2.0
/// From the model to the image that the kernel programs search: flattens the ordered rules of one endpoint into
/// three searches, in time and space bounded by the limit that the caller sets. Same policies, same bytes, on
/// any machine. It knows no file, no map and no kernel; the layout comes from [dev.weir.abi.ImageLayout]. The
/// same searches tell which rules never decide ([dev.weir.policy.compile.PolicyLint]).
@NullMarked
package dev.weir.policy.compile;

import org.jspecify.annotations.NullMarked;
