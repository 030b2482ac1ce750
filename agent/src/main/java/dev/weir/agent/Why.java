// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.abi.Answer;
import dev.weir.abi.Basis;
import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.Question;
import dev.weir.agent.cli.Wiring;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.view.CaptureView;
import dev.weir.agent.view.ExplanationView;
import dev.weir.agent.view.Judgement;
import dev.weir.agent.view.WhyView;
import dev.weir.agent.why.Frames;
import dev.weir.bpf.BpfException;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// `weir why`: puts a question, or the packets of a capture, to the programs over the live maps.
final class Why implements Wiring.Asker {
    /// Ports to try until none has a live flow.
    private static final int TRIES = 64;

    private static final int FIRST_PORT = 49_152; // RFC 6335: the first that nobody registers
    private static final IpAddress DOCUMENTATION = IpAddress.parse("192.0.2.1"); // RFC 5737
    private static final IpAddress DOCUMENTATION6 = IpAddress.parse("2001:db8::1"); // RFC 3849

    @Override
    public WhyView ask(WeirConfig config, Question question) throws CommandFailure {
        try (WhyTarget target = WhyTarget.open(config, question.namespace(), question.device())) {
            return target.inside(() -> ask(config, question, target));
        } catch (BpfException e) {
            throw WhyTarget.failure(e);
        }
    }

    @Override
    public CaptureView replay(WeirConfig config, CaptureQuestion question, InputStream capture) throws CommandFailure {
        try (WhyTarget target = WhyTarget.open(config, question.namespace(), question.device())) {
            return target.inside(() -> new WhyCapture(target, question).replay(capture));
        } catch (BpfException e) {
            throw WhyTarget.failure(e);
        }
    }

    /// Asks about what was opened already.
    static WhyView ask(WeirConfig config, Question question, WhyTarget target) {
        List<String> notes = new ArrayList<>(target.notes());
        IpAddress inside = inside(question, target, notes);
        Answer answer = answer(question, target, inside);
        Judgement judgement = target.judgement(answer);
        if (answer.basis() != Basis.RULES) {
            notes.add("a live flow has these addresses and ports, and the packet would be one of it");
        }
        if (judgement.isOther()) {
            notes.add("all counters of rules were taken, so rules share `other`, and which one it is cannot be told");
        }
        return new WhyView(
                target.endpoint().namespaceName(),
                target.device(),
                target.endpoint().ifindex(),
                question.direction(),
                inside,
                question.peer(),
                target.endpoints().holder(target.endpoint(), question.peer()).orElse(null),
                question.service().toString(),
                judgement,
                place(config, target, answer, judgement, notes).orElse(null),
                notes);
    }

    /// The address of the namespace's side: one that it holds, if it can be.
    private static IpAddress inside(Question question, WhyTarget target, List<String> notes) {
        boolean v4 = question.peer().isV4();
        Set<IpAddress> held = target.endpoints().held(target.endpoint());
        Optional<IpAddress> own = held.stream()
                .filter(address -> address.isV4() == v4 && !isLinkLocal(address))
                .findFirst()
                .or(() -> held.stream().filter(address -> address.isV4() == v4).findFirst());
        if (own.isEmpty()) {
            notes.add("%s holds no %s address; %s stands in for one"
                    .formatted(
                            target.endpoint().namespaceName(),
                            v4 ? "IPv4" : "IPv6",
                            v4 ? DOCUMENTATION : DOCUMENTATION6));
        }
        return own.orElse(v4 ? DOCUMENTATION : DOCUMENTATION6);
    }

    private static boolean isLinkLocal(IpAddress address) {
        return !address.isV4() && address.high() >>> 54 == 0xfe80 >>> 6; // RFC 4291, section 2.5.6
    }

    /// Asks with other ports of the opener until the answer is no live flow's.
    private static Answer answer(Question question, WhyTarget target, IpAddress inside) {
        boolean leaves = question.direction() == Direction.EGRESS;
        Answer answer = null;
        for (int i = 0; i < TRIES && (answer == null || answer.basis() != Basis.RULES); i++) {
            byte[] frame = Frames.opening(
                    leaves ? inside : question.peer(),
                    leaves ? question.peer() : inside,
                    question.service().protocol(),
                    question.service().port(),
                    FIRST_PORT + i);
            answer = target.ask(question.direction(), frame);
        }
        if (answer == null) {
            throw new IllegalStateException("nothing was asked");
        }
        return answer;
    }

    /// Where the rule is written, if the files are those in force.
    private static Optional<ExplanationView.Place> place(
            WeirConfig config, WhyTarget target, Answer answer, Judgement judgement, List<String> notes) {
        if (judgement.rule() == null || judgement.policy().isEmpty()) {
            return Optional.empty();
        }
        String inForce =
                target.asker().maps().readState().generation(answer.epoch()).hash();
        if (PolicyDirectory.load(config.policies()) instanceof PolicyLoader.Loaded loaded
                && loaded.policies().hash().equals(inForce)) {
            return Explanations.place(loaded.policies(), judgement);
        }
        notes.add("the files under " + config.policies()
                + " are not the policies in force, so no place is told; --policies names another directory");
        return Optional.empty();
    }
}
