// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.abi.Direction;
import dev.weir.agent.view.ExplanationView;
import dev.weir.agent.view.Judgement;
import dev.weir.agent.view.Verdict;
import dev.weir.policy.Decision;
import dev.weir.policy.Explanation;
import dev.weir.policy.PeerMatch;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Rule;
import dev.weir.policy.Section;
import dev.weir.policy.SourcePosition;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Turns what policies say into what commands show.
final class Explanations {
    private static final int SHOWN = 3;

    private Explanations() {}

    static ExplanationView.Answer answer(Decision decision, Optional<PeerMatch> match) {
        return new ExplanationView.Answer(
                Verdict.of(decision.verdict()),
                decision.id().direction(),
                decision.id().policy(),
                decision.id().rule(),
                decision.place()
                        .map(place -> place(place.policy(), place.position()))
                        .orElse(null),
                match.map(Explanations::match).orElse(null));
    }

    static ExplanationView.Selected selected(Policy policy) {
        return new ExplanationView.Selected(
                policy.name(), policy.priority(), policy.mode().toString(), place(policy, policy.position()));
    }

    static ExplanationView.Near near(Explanation.Near near) {
        return new ExplanationView.Near(
                near.policy().name(),
                near.rule().label(),
                Verdict.of(near.rule().verdict()),
                near.policy().mode().toString(),
                place(near.policy(), near.rule().position()),
                near.peer().isPresent(),
                near.service(),
                near.peer().map(Explanations::match).orElse(null),
                shortened(near.rule().peers()),
                shortened(near.rule().services()));
    }

    /// Where the rule or default of a judgement is written.
    static Optional<ExplanationView.Place> place(PolicySet policies, Judgement judgement) {
        Direction direction = judgement.direction();
        Optional<Policy> policy = policies.policies().stream()
                .filter(each -> each.name().equals(judgement.policy()))
                .findFirst();
        if (direction == null || policy.isEmpty()) {
            return Optional.empty();
        }
        Section section = policy.get().section(direction);
        return section.rules().stream()
                .filter(rule -> rule.label().equals(judgement.rule()))
                .map(Rule::position)
                .findFirst()
                .or(() -> section.fallback().map(Section.Default::position))
                .map(position -> place(policy.get(), position));
    }

    private static ExplanationView.Place place(Policy policy, SourcePosition position) {
        return new ExplanationView.Place(policy.file(), position.line(), position.column());
    }

    private static ExplanationView.Match match(PeerMatch match) {
        return new ExplanationView.Match(
                match.peer().toString(), match.prefix().map(Object::toString).orElse(null));
    }

    private static String shortened(List<?> values) {
        String some = values.stream().limit(SHOWN).map(Object::toString).collect(Collectors.joining(", "));
        return values.size() > SHOWN ? some + " and " + (values.size() - SHOWN) + " more" : some;
    }
}
