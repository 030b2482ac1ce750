// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static java.util.stream.Collectors.toMap;

import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Wiring;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.LiveDiffView;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.PoliciesView;
import dev.weir.agent.view.Verdict;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Target;
import dev.weir.policy.compile.Compilation;
import dev.weir.policy.compile.HolderRef;
import dev.weir.policy.compile.ImageRule;
import dev.weir.policy.compile.ImageSearch;
import dev.weir.policy.compile.PolicyCompiler;
import dev.weir.policy.yaml.ExactService;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Judges flows by policies that are not in force: anew whoever opened them, as a reload would on their next packet.
final class CandidateJudge implements Wiring.FlowJudge {
    private final WeirConfig config;
    private final PolicySet candidate;
    private final PolicyCompiler compiler;
    private final Map<IpAddress, HolderRef> holders = new HashMap<>(); // but vantages themselves
    private final Map<String, Set<IpAddress>> own =
            new HashMap<>(); // of vantages, by what stands before a device there
    private final List<HolderRef> universe = new ArrayList<>(List.of(HolderRef.HOST));
    private final Map<String, String> onChange;
    private final Map<Target, ImageSearch> searches = new HashMap<>();

    /// @param namespaces with the addresses that they hold
    /// @param inForce the policies that the flows were judged by
    CandidateJudge(WeirConfig config, PolicySet candidate, List<NamespaceView> namespaces, PoliciesView inForce) {
        this.config = config;
        this.candidate = candidate;
        this.compiler = new PolicyCompiler(config.unselected(), Limits.IMAGES_BYTES / 2);
        for (NamespaceView namespace : namespaces) {
            int number = universe.getLast().number() + 1;
            HolderRef holder = new HolderRef(number, config.namespaces().holder(namespace.name()));
            universe.add(holder);
            namespace.addresses().forEach(address -> holders.putIfAbsent(address, holder));
        }
        this.onChange = inForce.policies().isEmpty()
                ? fromFiles(config.policies(), inForce.hash())
                : inForce.policies().stream()
                        .collect(toMap(PoliciesView.PolicyView::name, PoliciesView.PolicyView::onChange));
    }

    /// What was pinned does not say it; the files do, if they are still those of the generation in force.
    private static Map<String, String> fromFiles(Path directory, @Nullable String hash) {
        return PolicyDirectory.load(directory) instanceof PolicyLoader.Loaded loaded
                        && loaded.policies().hash().equals(hash)
                ? loaded.policies().policies().stream()
                        .collect(toMap(Policy::name, policy -> policy.onChange().toString()))
                : Map.of();
    }

    @Override
    public Optional<LiveDiffView.Stopped> judge(FlowView flow) throws CommandFailure {
        ExactService service = ExactService.parse(flow.service());
        HolderRef holder = own(flow.device()).contains(flow.outsideAddress())
                ? HolderRef.HOST
                : holders.get(flow.outsideAddress());
        Target target = config.namespaces().target(flow.namespace(), flow.device());
        if (!target.isJudgedBy(candidate.selecting(target))) {
            return Optional.empty();
        }
        ImageRule found = search(target)
                .find(
                        flow.direction(),
                        flow.outsideAddress(),
                        holder == null ? ImageSearch.NO_HOLDER : holder.number(),
                        service.protocol(),
                        service.port());
        if (found.verdict().passes()) {
            return Optional.empty();
        }
        return Optional.of(new LiveDiffView.Stopped(
                flow,
                fate(flow),
                Verdict.of(found.verdict()),
                found.id().direction(),
                found.id().policy(),
                found.id().rule()));
    }

    private ImageSearch search(Target target) throws CommandFailure {
        ImageSearch known = searches.get(target);
        if (known == null) {
            known = switch (compiler.compile(candidate.selecting(target), universe)) {
                case Compilation.Compiled compiled -> new ImageSearch(compiled.chain());
                case Compilation.TooLarge tooLarge -> throw new CommandFailure(ExitCode.USAGE, tooLarge.message());
            };
            searches.put(target, known);
        }
        return known;
    }

    /// What the policy that lets it pass says of its flows; where none does, or it is not known, they are judged
    /// anew.
    private LiveDiffView.Fate fate(FlowView flow) {
        return switch (onChange.getOrDefault(flow.policy(), "")) {
            case "keep" -> LiveDiffView.Fate.FINISH;
            case "reset" -> LiveDiffView.Fate.RESET;
            default -> LiveDiffView.Fate.CUT;
        };
    }

    /// The addresses of the vantage that a device is in.
    ///
    /// @param device as flows name it: outside the host's vantage with that of its own in front
    private Set<IpAddress> own(String device) throws CommandFailure {
        String vantage = device.substring(0, Math.max(0, device.indexOf('/')));
        Set<IpAddress> known = own.get(vantage);
        if (known == null) {
            known = OwnAddresses.of(vantage);
            own.put(vantage, known);
        }
        return known;
    }
}
