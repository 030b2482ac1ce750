// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.Direction;
import dev.weir.policy.Glob;
import dev.weir.policy.Holder;
import dev.weir.policy.Peer;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Rule;
import dev.weir.policy.Selector;
import dev.weir.policy.SourcePosition;
import dev.weir.policy.Target;
import dev.weir.yaml.Diagnostic;
import dev.weir.yaml.Diagnostics;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Finds what policies say that is allowed but surely a mistake. Nothing is read or refused here, so that an
/// agent can enforce first and look afterwards.
public final class PolicyLint {
    private PolicyLint() {}

    /// Warns of rules that never decide anything, because earlier rules of their policy, or of an enforced
    /// policy judged before it wherever it is judged, match all that they do; and of peers and services that a
    /// rule names twice. Policies whose rules overlap beyond reason are not looked into; see [ShadowedRules].
    ///
    /// @return by place
    public static List<Diagnostic> warnings(PolicySet policies) {
        Diagnostics found = new Diagnostics();
        for (Policy policy : policies.policies()) {
            for (Direction direction : Direction.values()) {
                for (Rule rule : policy.section(direction).rules()) {
                    twice(policy, rule, rule.services(), found);
                    twice(policy, rule, rule.peers(), found);
                }
            }
        }
        new ShadowedRules(policies.policies(), found).find();
        return found.sorted();
    }

    /// Warns of selectors and peers that nothing on this host meets: names of namespaces and devices that none
    /// has, and labels that weir.yaml gives to none.
    ///
    /// @param known every device that policies may select
    /// @param holders whoever holds addresses
    /// @return by place
    public static List<Diagnostic> unmet(PolicySet policies, Collection<Target> known, Collection<Holder> holders) {
        Diagnostics found = new Diagnostics();
        Set<String> namespaces = new HashSet<>();
        Set<String> devices = new HashSet<>();
        for (Target target : known) {
            target.namespace().ifPresent(namespaces::add);
            devices.add(target.device());
        }
        Map<Peer.Holding, Boolean> met = new HashMap<>();
        Set<String> names = new HashSet<>();
        holders.forEach(holder -> {
            if (holder instanceof Holder.Namespace namespace) {
                names.add(namespace.name());
            }
        });
        for (Policy policy : policies.policies()) {
            Selector selector = policy.appliesTo();
            unmet(policy, selector.namespaces(), namespaces, "namespace", found);
            unmet(policy, selector.devices(), devices, "device", found);
            if (!selector.labels().isEmpty()) {
                Selector labels = new Selector(List.of(), new TreeMap<>(selector.labels()), List.of());
                if (known.stream().noneMatch(labels::matches)) {
                    warn(policy, policy.position(), "no namespace here has the labels " + labels.labels(), found);
                }
            }
            for (Direction direction : Direction.values()) {
                for (Rule rule : policy.section(direction).rules()) {
                    for (Peer peer : rule.peers()) {
                        if (peer instanceof Peer.Holding holding
                                && !met.computeIfAbsent(holding, each -> isMet(each, names, holders))) {
                            warn(policy, rule.position(), "nothing here meets `" + peer + "`", found);
                        }
                    }
                }
            }
        }
        return found.sorted();
    }

    static void warn(Policy policy, SourcePosition at, String message, Diagnostics into) {
        into.add(new Diagnostic(Diagnostic.Severity.WARNING, policy.file(), at.line(), at.column(), message, ""));
    }

    private static void twice(Policy policy, Rule rule, List<?> values, Diagnostics found) {
        if (values.size() > 1) {
            Set<Object> seen = new HashSet<>();
            Set<Object> told = new HashSet<>();
            for (Object value : values) {
                if (!seen.add(value) && told.add(value)) {
                    warn(policy, rule.position(), "this rule names `" + value + "` twice", found);
                }
            }
        }
    }

    private static void unmet(Policy policy, List<Glob> globs, Set<String> names, String what, Diagnostics found) {
        for (Glob glob : globs) {
            boolean met = glob.isName()
                    ? names.contains(glob.pattern())
                    : names.stream().anyMatch(glob::matches);
            if (!met) {
                warn(policy, policy.position(), "no " + what + " here is called `" + glob + "`", found);
            }
        }
    }

    private static boolean isMet(Peer.Holding peer, Set<String> names, Collection<Holder> holders) {
        return switch (peer) {
            case Peer.Host _ -> true;
            case Peer.NamespaceSelector(Glob glob) when glob.isName() -> names.contains(glob.pattern());
            case Peer.NamespaceSelector selector -> holders.stream().anyMatch(selector::names);
            case Peer.LabelSelector label -> holders.stream().anyMatch(label::names);
        };
    }
}
