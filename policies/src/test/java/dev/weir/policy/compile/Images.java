// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import static org.junit.jupiter.api.Assertions.fail;

import dev.weir.abi.Verdict;
import dev.weir.policy.Policy;
import java.util.List;

/// Compiles in tests, where it has to work.
final class Images {
    private Images() {}

    static PolicyImage compile(List<Policy> policies, Verdict unselected, List<NamespaceRef> universe, int maxBytes) {
        return switch (PolicyCompiler.compile(policies, unselected, universe, maxBytes)) {
            case Compilation.Compiled(PolicyImage image) -> image;
            case Compilation.TooLarge tooLarge -> fail(tooLarge.message());
        };
    }
}
