// SPDX-License-Identifier: Apache-2.0
/// Random policies and the traffic that finds their edges, for every test that holds one judge of policies to
/// another: the evaluator, the image searched in Java, the programs in the kernel. Shipped as the test-jar of
/// this module.
@NullMarked
package dev.weir.policy.gen;

import org.jspecify.annotations.NullMarked;
