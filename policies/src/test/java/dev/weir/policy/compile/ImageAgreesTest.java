// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.policy.Decision;
import dev.weir.policy.PolicyEvaluator;
import dev.weir.policy.Traffic;
import dev.weir.policy.gen.Chains;
import dev.weir.policy.gen.Scenario;
import dev.weir.policy.gen.Scenarios;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;

/// The image, searched as the kernel searches it, gives the evaluator's answer.
class ImageAgreesTest {
    private static final int LIMIT = 1 << 20;

    @Provide
    Arbitrary<Scenario> scenarios() {
        return Scenarios.scenarios();
    }

    @Property(shrinking = ShrinkingMode.BOUNDED)
    void imageSaysWhatTheEvaluatorSays(@ForAll("scenarios") Scenario scenario) {
        agrees(scenario, compile(scenario, PolicyCompiler.HEAVY));
    }

    @Property(tries = 500, shrinking = ShrinkingMode.BOUNDED)
    void manyImagesSayTheSameAsOne(
            @ForAll("scenarios") Scenario scenario, @ForAll @IntRange(min = 1, max = 8) int heavy) {
        agrees(scenario, compile(scenario, heavy));
    }

    private static void agrees(Scenario scenario, PolicyChain chain) {
        ImageSearch search = new ImageSearch(chain);
        for (Traffic traffic : scenario.traffic()) {
            Decision decision = PolicyEvaluator.evaluate(scenario.policies(), scenario.unselected(), traffic);
            ImageRule rule = search.find(
                    traffic.direction(),
                    traffic.outside(),
                    scenario.holder(traffic),
                    traffic.protocol(),
                    traffic.port());
            assertEquals(
                    decision.verdict() + " by " + decision.id() + (decision.log() ? ", logged" : ""),
                    rule.verdict() + " by " + rule.id() + (rule.log() ? ", logged" : ""),
                    traffic::toString);
        }
    }

    private static PolicyChain compile(Scenario scenario, int heavy) {
        return Chains.compile(scenario.policies(), scenario.unselected(), scenario.universe(), LIMIT, heavy);
    }

    @Property(tries = 200)
    void samePoliciesGiveTheSameBytes(@ForAll("scenarios") Scenario scenario) {
        PolicyChain first = compile(scenario, PolicyCompiler.HEAVY);
        PolicyChain second = Chains.compile(
                scenario.policies(), scenario.unselected(), scenario.universe().reversed(), LIMIT);
        assertEquals(first, second);
        assertEquals(first.hash(), second.hash());
    }

    @Property(tries = 200)
    void imageFitsExactlyTheLimitOfItsSize(@ForAll("scenarios") Scenario scenario) {
        PolicyChain chain = compile(scenario, PolicyCompiler.HEAVY);
        int size = chain.layers().getFirst().size();
        assertEquals(chain, Chains.compile(scenario.policies(), scenario.unselected(), scenario.universe(), size));
        Compilation tooSmall =
                new PolicyCompiler(scenario.unselected(), size - 1).compile(scenario.policies(), scenario.universe());
        assertEquals(Compilation.TooLarge.class, tooSmall.getClass());
    }
}
