// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.policy.Decision;
import dev.weir.policy.PolicyEvaluator;
import dev.weir.policy.Traffic;
import dev.weir.policy.gen.Scenario;
import dev.weir.policy.gen.Scenarios;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/// The image, searched as the kernel searches it, gives the evaluator's answer.
class ImageAgreesTest {
    private static final int LIMIT = 1 << 20;

    @Provide
    Arbitrary<Scenario> scenarios() {
        return Scenarios.scenarios();
    }

    @Property(shrinking = ShrinkingMode.BOUNDED)
    void imageSaysWhatTheEvaluatorSays(@ForAll("scenarios") Scenario scenario) {
        PolicyImage image = Images.compile(scenario.policies(), scenario.unselected(), scenario.universe(), LIMIT);
        ImageSearch search = new ImageSearch(image);
        for (Traffic traffic : scenario.traffic()) {
            Decision decision = PolicyEvaluator.evaluate(scenario.policies(), scenario.unselected(), traffic);
            int rule = search.find(
                    traffic.direction(),
                    traffic.outside(),
                    scenario.holder(traffic),
                    traffic.protocol(),
                    traffic.port());
            assertEquals(
                    new ImageRule(decision.id(), decision.verdict()),
                    image.rules().get(rule),
                    traffic::toString);
        }
    }

    @Property(tries = 200)
    void samePoliciesGiveTheSameBytes(@ForAll("scenarios") Scenario scenario) {
        PolicyImage first = Images.compile(scenario.policies(), scenario.unselected(), scenario.universe(), LIMIT);
        PolicyImage second = Images.compile(
                scenario.policies(), scenario.unselected(), scenario.universe().reversed(), LIMIT);
        assertEquals(first, second);
        assertEquals(first.hash(), second.hash());
    }

    @Property(tries = 200)
    void imageFitsExactlyTheLimitOfItsSize(@ForAll("scenarios") Scenario scenario) {
        PolicyImage image = Images.compile(scenario.policies(), scenario.unselected(), scenario.universe(), LIMIT);
        assertEquals(
                image, Images.compile(scenario.policies(), scenario.unselected(), scenario.universe(), image.size()));
        Compilation tooSmall = PolicyCompiler.compile(
                scenario.policies(), scenario.unselected(), scenario.universe(), image.size() - 1);
        assertEquals(Compilation.TooLarge.class, tooSmall.getClass());
    }
}
