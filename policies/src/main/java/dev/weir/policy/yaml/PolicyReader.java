// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.abi.OnChange;
import dev.weir.policy.Mode;
import dev.weir.policy.Policy;
import dev.weir.policy.Section;
import dev.weir.policy.Selector;
import dev.weir.policy.SourcePosition;
import dev.weir.yaml.Fields;
import dev.weir.yaml.Source;
import dev.weir.yaml.YamlNode;
import java.util.List;
import java.util.Optional;

/// Reads the tree of one file as a policy. What is wrong is reported and left out, and reading goes on, so that
/// one run names every error; the policy that comes out counts only if none was reported.
final class PolicyReader {
    private static final String INGRESS = "ingress";
    private static final String EGRESS = "egress";
    private static final List<String> KEYS =
            List.of("policy", "applies-to", "priority", "mode", "on-change", INGRESS, EGRESS, "sets");

    private final Source source;
    private final Values values;
    private final SetsReader sets;

    PolicyReader(Source source, SetFiles files) {
        this.source = source;
        this.values = new Values(source);
        this.sets = new SetsReader(source, files);
    }

    /// @param defaultName the policy's name if the file gives none
    Optional<Read> read(YamlNode root, String defaultName) {
        if (root.isNothing()) {
            source.error(root, "the file holds no policy, expected at least `applies-to`");
            return Optional.empty();
        }
        return Fields.read(source, root, "a policy", KEYS, List.of()).flatMap(fields -> read(fields, defaultName));
    }

    private Optional<Read> read(Fields fields, String defaultName) {
        YamlNode root = fields.node();
        Optional<String> name = name(fields, defaultName);
        int priority = fields.get("priority")
                .flatMap(node -> node.number(source, "the priority", Policy.MAX_PRIORITY))
                .orElse(Policy.DEFAULT_PRIORITY);
        Mode mode = fields.get("mode")
                .flatMap(node -> values.choice(node, "the mode", List.of(Mode.values())))
                .orElse(Mode.ENFORCE);
        OnChange onChange = fields.get("on-change")
                .flatMap(node -> values.choice(node, "`on-change`", List.of(OnChange.values())))
                .orElse(OnChange.REEVALUATE);
        Optional<YamlNode> appliesTo = fields.get("applies-to");
        if (appliesTo.isEmpty()) {
            source.error(root, "the policy selects nothing, expected `applies-to: {namespaces: [NAME]}`");
        }
        Optional<Selector> selector = appliesTo.flatMap(new SelectorReader(source)::read);
        fields.get("sets").ifPresent(sets::read);
        Section ingress = section(fields, INGRESS, "from");
        Section egress = section(fields, EGRESS, "to");
        sets.warnOfUnused();
        if (name.isEmpty() || appliesTo.isEmpty() || selector.isEmpty()) {
            return Optional.empty();
        }
        if (fields.get(INGRESS).isEmpty() && fields.get(EGRESS).isEmpty() && !fields.anyRefused()) {
            source.warning(root.line(), root.column(), "this policy has no rules and no defaults, so it does nothing");
        }
        Policy policy = new Policy(
                name.get(),
                source.file(),
                priority,
                mode,
                onChange,
                selector.get(),
                ingress,
                egress,
                Values.position(fields.key("applies-to")));
        return Optional.of(new Read(policy, Values.position(fields.get("policy").orElse(root))));
    }

    private Optional<String> name(Fields fields, String defaultName) {
        Optional<YamlNode> given = fields.get("policy");
        if (given.isPresent()) {
            return values.name(given.get(), "the policy's name");
        }
        Optional<String> problem = Names.problem(defaultName);
        problem.ifPresent(why -> source.error(
                fields.node(), "the file's name cannot be the policy's name: " + why + "; give one with `policy:`"));
        return problem.isEmpty() ? Optional.of(defaultName) : Optional.empty();
    }

    private Section section(Fields fields, String key, String peers) {
        return fields.get(key)
                .map(node -> new SectionReader(source, sets).read(node, key, peers))
                .orElse(Section.EMPTY);
    }

    /// @param namePosition where the name stands, for the error that another policy has it too
    record Read(Policy policy, SourcePosition namePosition) {}
}
