// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.abi.Verdict;
import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Question;
import dev.weir.agent.cli.RefusedPolicies;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.flow.PolicyViews;
import dev.weir.agent.view.ExplanationView;
import dev.weir.policy.Explanation;
import dev.weir.policy.Holder;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Target;
import dev.weir.policy.Traffic;
import dev.weir.policy.compile.Compilation;
import dev.weir.policy.compile.HolderRef;
import dev.weir.policy.compile.ImageRule;
import dev.weir.policy.compile.ImageSearch;
import dev.weir.policy.compile.PolicyCompiler;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `weir explain`: reads the policies and says what they say, twice: by the rules as written, and by the compiled
/// image that the kernel would search.
final class Explain {
    private static final String HOST = "host";
    private static final int NAMED = Limits.HOST_NUMBER + 1;

    private Explain() {}

    static ExplanationView run(WeirConfig config, Question question, @Nullable String heldBy)
            throws CommandFailure, RefusedPolicies {
        PolicySet policies = load(config.policies());
        Target target = config.namespaces().asked(question.namespace(), question.device());
        Verdict unselected = target.isJudgedBy(policies.selecting(target)) ? config.unselected() : Verdict.ALLOW;
        Optional<Holder> holder = Optional.ofNullable(heldBy)
                .map(name -> name.equals(HOST)
                        ? new Holder.Host()
                        : config.namespaces().holder(name));
        Traffic traffic = new Traffic(
                question.direction(),
                question.peer(),
                holder,
                question.service().protocol(),
                question.service().port());
        Explanation explanation = Explanation.of(policies, target, unselected, traffic);
        compare(explanation, unselected, traffic);
        return new ExplanationView(
                target.name(),
                question.device(),
                question.direction(),
                question.peer(),
                heldBy,
                question.service().toString(),
                Explanations.answer(explanation.decision(), explanation.peer()),
                explanation
                        .enforced()
                        .map(enforced -> Explanations.answer(enforced, Optional.empty()))
                        .orElse(null),
                explanation.policies().stream().map(Explanations::selected).toList(),
                explanation.near().stream().map(Explanations::near).toList(),
                explanation.nearCount(),
                notes(explanation, target, question.peer(), heldBy));
    }

    private static PolicySet load(Path directory) throws RefusedPolicies {
        return switch (PolicyDirectory.load(directory)) {
            case PolicyLoader.Loaded loaded -> loaded.policies();
            case PolicyLoader.Refused refused -> throw new RefusedPolicies(PolicyViews.errors(refused.diagnostics()));
        };
    }

    /// Searches the compiled image as the kernel does; it must find what the evaluator found.
    private static void compare(Explanation explanation, Verdict unselected, Traffic traffic) throws CommandFailure {
        Optional<HolderRef> holder =
                traffic.holder().map(held -> held instanceof Holder.Host ? HolderRef.HOST : new HolderRef(NAMED, held));
        Compilation compilation = new PolicyCompiler(unselected, Limits.IMAGES_BYTES / 2)
                .compile(explanation.policies(), holder.stream().toList());
        switch (compilation) {
            case Compilation.TooLarge tooLarge -> throw new CommandFailure(ExitCode.USAGE, tooLarge.message());
            case Compilation.Compiled compiled -> {
                ImageRule found = new ImageSearch(compiled.chain())
                        .find(
                                traffic.direction(),
                                traffic.outside(),
                                holder.map(HolderRef::number).orElse(ImageSearch.NO_HOLDER),
                                traffic.protocol(),
                                traffic.port());
                String image = found.verdict() + " by " + found.id();
                String rules = explanation.decision().verdict() + " by "
                        + explanation.decision().id();
                if (!image.equals(rules)) {
                    throw new CommandFailure(
                            ExitCode.FAILED,
                            "the rules as written say %s, but the compiled image says %s; this is a bug of Weir, please report it with the policies and this command"
                                    .formatted(rules, image));
                }
            }
        }
    }

    private static List<String> notes(Explanation explanation, Target target, IpAddress peer, @Nullable String heldBy) {
        List<String> notes = new ArrayList<>();
        if (explanation.asksHolder() && heldBy == null) {
            notes.add("a rule on the way names holders of addresses, and nobody is taken to hold " + peer
                    + "; if somebody does, say --held-by NAMESPACE or --held-by host");
        }
        if (!target.isJudgedBy(explanation.policies())) {
            notes.add("nothing judges the packets of a device that leads to no namespace and that no policy selects:"
                    + " they pass, whatever weir.yaml says of `unselected`");
        }
        if (!explanation.byDevice().isEmpty() && target.device().isEmpty()) {
            notes.add("no device was named, so these policies, which select by devices, are left out: "
                    + explanation.byDevice().stream().map(Policy::name).collect(Collectors.joining(", "))
                    + "; say --device NAME");
        }
        return notes;
    }
}
