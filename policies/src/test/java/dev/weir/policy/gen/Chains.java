// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.gen;

import dev.weir.abi.Verdict;
import dev.weir.policy.Policy;
import dev.weir.policy.compile.Compilation;
import dev.weir.policy.compile.HolderRef;
import dev.weir.policy.compile.PolicyChain;
import dev.weir.policy.compile.PolicyCompiler;
import java.util.List;

/// Compiles in tests, where it has to work.
public final class Chains {
    private Chains() {}

    /// Compiles as an agent does.
    ///
    /// @throws AssertionError if an image would not fit
    public static PolicyChain compile(
            List<Policy> policies, Verdict unselected, List<HolderRef> universe, int maxBytes) {
        return compile(policies, unselected, universe, maxBytes, PolicyCompiler.HEAVY);
    }

    /// Compiles with another bound between light and heavy policies.
    ///
    /// @param heavy rules and prefixes from which on a policy is an image of its own
    /// @throws AssertionError if an image would not fit
    public static PolicyChain compile(
            List<Policy> policies, Verdict unselected, List<HolderRef> universe, int maxBytes, int heavy) {
        return switch (new PolicyCompiler(unselected, maxBytes, heavy).compile(policies, universe)) {
            case Compilation.Compiled(PolicyChain chain) -> chain;
            case Compilation.TooLarge tooLarge -> throw new AssertionError(tooLarge.message());
        };
    }
}
