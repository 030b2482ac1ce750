// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.abi.Verdict;
import dev.weir.policy.Glob;
import dev.weir.policy.Peer;
import dev.weir.policy.Policy;
import dev.weir.policy.Rule;
import dev.weir.policy.RuleId;
import dev.weir.policy.Section;
import dev.weir.policy.Service;
import dev.weir.policy.SourcePosition;
import dev.weir.yaml.Fields;
import dev.weir.yaml.Source;
import dev.weir.yaml.Words;
import dev.weir.yaml.YamlNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads the tree of one file as a policy. What is wrong is reported and left out, and reading goes on, so that one run
/// names every error; the policy that comes out counts only if none was reported.
final class PolicyReader {
    private static final String INGRESS = "ingress";
    private static final String EGRESS = "egress";
    private static final String NAME = "a name, in quotes if it looks like something else";
    private static final String SERVICE = "a service such as tcp/80";
    private static final String PEER = "a peer such as 192.0.2.0/24";
    private static final String VERDICT = "allow or deny";

    private final Source source;

    PolicyReader(Source source) {
        this.source = source;
    }

    /// @param defaultName the policy's name if the file gives none
    Optional<Read> read(YamlNode root, String defaultName) {
        if (root.isNothing()) {
            source.error(root, "the file holds no policy, expected at least `applies-to`");
            return Optional.empty();
        }
        Optional<Fields> found = Fields.read(
                source,
                root,
                "a policy",
                List.of("policy", "applies-to", "priority", INGRESS, EGRESS),
                List.of("mode", "on-change", "sets"));
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = found.get();
        YamlNode nameAt = fields.get("policy").orElse(root);
        String name = name(fields, defaultName);
        int priority = fields.get("priority")
                .flatMap(node -> node.number(source, "the priority", Policy.MAX_PRIORITY))
                .orElse(Policy.DEFAULT_PRIORITY);
        List<Glob> namespaces = selectors(fields);
        Section ingress =
                fields.get(INGRESS).map(node -> section(node, INGRESS, "from")).orElse(Section.EMPTY);
        Section egress =
                fields.get(EGRESS).map(node -> section(node, EGRESS, "to")).orElse(Section.EMPTY);
        if (name.isEmpty() || namespaces.isEmpty()) {
            return Optional.empty();
        }
        if (fields.get(INGRESS).isEmpty() && fields.get(EGRESS).isEmpty() && !fields.anyRefused()) {
            source.warning(root.line(), root.column(), "this policy has no rules and no defaults, so it does nothing");
        }
        Policy policy = new Policy(name, source.file(), priority, namespaces, ingress, egress);
        return Optional.of(new Read(policy, new SourcePosition(nameAt.line(), nameAt.column())));
    }

    private String name(Fields fields, String defaultName) {
        Optional<YamlNode> given = fields.get("policy");
        if (given.isPresent()) {
            return name(given.get(), "the policy's name");
        }
        Optional<String> problem = Names.problem(defaultName);
        problem.ifPresent(why -> source.error(
                fields.node(), "the file's name cannot be the policy's name: " + why + "; give one with `policy:`"));
        return problem.isEmpty() ? defaultName : "";
    }

    /// Empty if the value cannot be a name, which is reported.
    private String name(YamlNode node, String what) {
        String name = node.text(source, what, NAME).orElse(null);
        if (name == null) {
            return "";
        }
        Optional<String> problem = Names.problem(name);
        problem.ifPresent(why -> source.error(node, what + " cannot be: " + why));
        return problem.isEmpty() ? name : "";
    }

    private List<Glob> selectors(Fields policy) {
        Optional<YamlNode> node = policy.get("applies-to");
        if (node.isEmpty()) {
            source.error(policy.node(), "the policy selects nothing, expected `applies-to: {namespaces: [NAME]}`");
            return List.of();
        }
        Optional<Fields> fields =
                Fields.read(source, node.get(), "`applies-to`", List.of("namespaces"), List.of("labels", "devices"));
        Optional<YamlNode> namespaces = fields.flatMap(found -> found.get("namespaces"));
        if (fields.isPresent() && namespaces.isEmpty() && !fields.get().anyRefused()) {
            source.error(node.get(), "`applies-to` selects nothing, expected `namespaces: [NAME]`");
        }
        return namespaces
                .map(list -> list(list, "`namespaces`", NAME, PeerReader::glob))
                .orElse(List.of());
    }

    /// @param peers the key that names the other side in this direction
    private Section section(YamlNode node, String what, String peers) {
        Optional<Fields> fields = Fields.read(source, node, "`" + what + "`", List.of("default", "rules"), List.of());
        if (fields.isEmpty()) {
            return Section.EMPTY;
        }
        Optional<Verdict> defaultVerdict = fields.get().get("default").flatMap(this::verdict);
        Optional<YamlNode> rules = fields.get().get("rules");
        List<Rule> read = new ArrayList<>();
        if (rules.isPresent() && rules.get() instanceof YamlNode.Sequence list) {
            rules(list.items(), peers, read);
        } else if (rules.isPresent()) {
            source.error(rules.get(), "`rules` is " + rules.get().kind() + ", expected a list of rules");
        }
        return new Section(defaultVerdict, read);
    }

    private void rules(List<YamlNode> items, String peers, List<Rule> read) {
        Map<String, Integer> lines = new HashMap<>();
        String everything = "";
        for (int i = 0; i < items.size(); i++) {
            YamlNode node = items.get(i);
            Optional<Rule> rule = rule(node, Rule.labelOf(i + 1), peers);
            if (rule.isEmpty()) {
                continue;
            }
            String label = rule.get().label();
            Integer earlier = lines.putIfAbsent(label, node.line());
            if (earlier != null) {
                source.error(
                        node, "the rule in line " + earlier + " is called `" + label + "` too, expected another name");
            }
            if (!everything.isEmpty()) {
                source.warning(
                        node.line(),
                        node.column(),
                        "this rule is never reached: `" + everything + "` matches everything");
            } else if (rule.get().services().contains(Service.ANY)
                    && rule.get().peers().contains(new Peer.Any())) {
                everything = label;
            }
            read.add(rule.get());
        }
    }

    private Optional<Rule> rule(YamlNode node, String defaultLabel, String peers) {
        Optional<Fields> found =
                Fields.read(source, node, "a rule", List.of("name", "allow", "deny", peers), List.of("reject", "log"));
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = found.get();
        String label = fields.get("name")
                .map(this::ruleName)
                .filter(name -> !name.isEmpty())
                .orElse(defaultLabel);
        Optional<YamlNode> allow = fields.get("allow");
        Optional<YamlNode> deny = fields.get("deny");
        if (allow.isPresent() && deny.isPresent()) {
            source.error(node, "this rule has both `allow` and `deny`, expected exactly one");
        } else if (allow.isEmpty() && deny.isEmpty() && !fields.anyRefused()) {
            source.error(node, "this rule has neither `allow` nor `deny`, expected exactly one");
        }
        List<Service> services = new ArrayList<>();
        allow.ifPresent(list -> services.addAll(list(list, "`allow`", SERVICE, ServiceReader::read)));
        deny.ifPresent(list -> services.addAll(list(list, "`deny`", SERVICE, ServiceReader::read)));
        List<Peer> others = fields.get(peers)
                .map(list -> list(list, "`" + peers + "`", PEER, PeerReader::read))
                .orElse(List.of(new Peer.Any()));
        if (services.isEmpty() || others.isEmpty()) {
            return Optional.empty();
        }
        Verdict verdict = allow.isPresent() ? Verdict.ALLOW : Verdict.DENY;
        return Optional.of(new Rule(label, verdict, services, others, new SourcePosition(node.line(), node.column())));
    }

    private String ruleName(YamlNode node) {
        String name = name(node, "the rule's name");
        if (name.startsWith("#") || name.equals(RuleId.DEFAULT) || name.equals(RuleId.UNSELECTED)) {
            source.error(node, "`" + name + "` is what Weir itself calls rules without a name, expected another name");
        }
        return name;
    }

    private Optional<Verdict> verdict(YamlNode node) {
        Optional<String> text = node.text(source, "the default", VERDICT);
        return switch (text.orElse("")) {
            case "allow" -> Optional.of(Verdict.ALLOW);
            case "deny" -> Optional.of(Verdict.DENY);
            case "reject" -> {
                source.error(node, "`reject` is not supported by this version, expected " + VERDICT);
                yield Optional.empty();
            }
            default -> {
                text.ifPresent(given ->
                        source.error(node, "`" + Words.shortened(given) + "` is no default, expected " + VERDICT));
                yield Optional.empty();
            }
        };
    }

    /// One value or a list of them; never an empty list.
    private <T> List<T> list(YamlNode node, String what, String expected, ValueReader<T> reader) {
        List<YamlNode> items = node instanceof YamlNode.Sequence sequence ? sequence.items() : List.of(node);
        if (items.isEmpty()) {
            source.error(node, what + " is an empty list, expected at least one value");
        }
        List<T> values = new ArrayList<>(items.size());
        for (YamlNode item : items) {
            Optional<String> text = item.text(source, "a value of " + what, expected);
            if (text.isPresent()) {
                try {
                    values.add(reader.read(text.get()));
                } catch (BadValue e) {
                    source.error(item, e.problem());
                }
            }
        }
        return values;
    }

    /// @param namePosition where the name stands, for the error that another policy has it too
    record Read(Policy policy, SourcePosition namePosition) {}

    private interface ValueReader<T> {
        T read(String text) throws BadValue;
    }
}
