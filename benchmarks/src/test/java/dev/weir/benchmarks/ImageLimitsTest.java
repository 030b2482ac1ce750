// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// How many bytes the sample policies take in the kernel.
class ImageLimitsTest {
    @Test
    void compiledRulesTakeNoMoreBytesThanTheirLimits() throws IOException {
        Map<String, Long> figures = new LinkedHashMap<>();
        for (int rules : new int[] {10, 128, 2_048, 10_000}) {
            long bytes = SamplePolicies.compile(SamplePolicies.parse(SamplePolicies.rules("blue", rules, 0)), "blue")
                    .size();
            figures.put("%,d rules, a rule".formatted(rules), Math.ceilDiv(bytes, rules));
        }
        Ceilings.read().hold("image bytes:", figures);
    }
}
