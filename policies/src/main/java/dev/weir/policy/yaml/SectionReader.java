// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.abi.Verdict;
import dev.weir.policy.Peer;
import dev.weir.policy.Rule;
import dev.weir.policy.RuleId;
import dev.weir.policy.Section;
import dev.weir.policy.Service;
import dev.weir.yaml.Fields;
import dev.weir.yaml.Source;
import dev.weir.yaml.YamlNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads `ingress` and `egress`.
final class SectionReader {
    private static final String SERVICE = "a service such as tcp/80";
    private static final String PEER = "a peer such as 192.0.2.0/24";
    private static final List<Verdict> ACTIONS = List.of(Verdict.ALLOW, Verdict.DENY, Verdict.REJECT);

    private final Source source;
    private final Values values;
    private final SetsReader sets;

    SectionReader(Source source, SetsReader sets) {
        this.source = source;
        this.values = new Values(source);
        this.sets = sets;
    }

    /// @param what the section is called
    /// @param peers the key that names the other side in this direction
    Section read(YamlNode node, String what, String peers) {
        Optional<Fields> fields = Fields.read(source, node, "`" + what + "`", List.of("default", "rules"), List.of());
        if (fields.isEmpty()) {
            return Section.EMPTY;
        }
        Optional<Section.Default> fallback = fields.get()
                .get("default")
                .flatMap(at -> values.choice(at, "the default", ACTIONS)
                        .map(verdict -> new Section.Default(verdict, Values.position(at))));
        Optional<YamlNode> rules = fields.get().get("rules");
        List<Rule> read = new ArrayList<>();
        if (rules.isPresent() && rules.get() instanceof YamlNode.Sequence list) {
            rules(list.items(), peers, read);
        } else if (rules.isPresent()) {
            source.error(rules.get(), "`rules` is " + rules.get().kind() + ", expected a list of rules");
        }
        return new Section(fallback, read);
    }

    private void rules(List<YamlNode> items, String peers, List<Rule> read) {
        Map<String, Integer> lines = new HashMap<>();
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
            read.add(rule.get());
        }
    }

    private Optional<Rule> rule(YamlNode node, String defaultLabel, String peers) {
        Optional<Fields> found = Fields.read(
                source, node, "a rule", List.of("name", "allow", "deny", "reject", peers, "log"), List.of());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Fields fields = found.get();
        String label = fields.get("name").flatMap(this::ruleName).orElse(defaultLabel);
        boolean log = fields.get("log").flatMap(at -> values.truth(at, "`log`")).orElse(false);
        List<Service> services = new ArrayList<>();
        List<Verdict> said = new ArrayList<>();
        for (Verdict action : ACTIONS) {
            fields.get(action.toString()).ifPresent(list -> {
                said.add(action);
                services.addAll(values.list(list, "`" + action + "`", SERVICE, ServiceReader::read));
            });
        }
        if (said.size() > 1) {
            source.error(
                    node,
                    "this rule has both `" + said.get(0) + "` and `" + said.get(1)
                            + "`, expected exactly one of allow, deny and reject");
        } else if (said.isEmpty() && !fields.anyRefused()) {
            source.error(node, "this rule has no action, expected exactly one of allow, deny and reject");
        }
        List<Peer> others = fields.get(peers)
                .map(list -> values.list(list, "`" + peers + "`", PEER, text -> PeerReader.read(text, sets)))
                .orElse(List.of(new Peer.Any()));
        return services.isEmpty() || others.isEmpty()
                ? Optional.empty()
                : Optional.of(new Rule(label, said.getFirst(), services, others, log, Values.position(node)));
    }

    private Optional<String> ruleName(YamlNode node) {
        Optional<String> name = values.name(node, "the rule's name");
        if (name.isPresent()
                && (name.get().startsWith("#")
                        || name.get().equals(RuleId.DEFAULT)
                        || name.get().equals(RuleId.UNSELECTED))) {
            source.error(
                    node, "`" + name.get() + "` is what Weir itself calls rules without a name, expected another name");
        }
        return name;
    }
}
