// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.policy.AddressSet;
import dev.weir.policy.Cidr;
import dev.weir.yaml.Fields;
import dev.weir.yaml.Source;
import dev.weir.yaml.Words;
import dev.weir.yaml.YamlNode;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads `sets`, and finds them for the rules that name them.
final class SetsReader {
    private static final String MEMBER = "an address or a prefix such as 192.0.2.0/24";

    private final Source source;
    private final Values values;
    private final SetFiles files;
    private final Map<String, AddressSet> sets = new LinkedHashMap<>();
    private final Map<String, YamlNode> keys = new LinkedHashMap<>();
    private final Set<String> used = new HashSet<>();

    SetsReader(Source source, SetFiles files) {
        this.source = source;
        this.values = new Values(source);
        this.files = files;
    }

    /// Takes up every set. One with an error is reported, and empty, so that rules that name it are not wrong
    /// too.
    void read(YamlNode node) {
        Optional<Fields> fields = Fields.read(source, node, "`sets`");
        if (fields.isEmpty()) {
            return;
        }
        for (Map.Entry<String, YamlNode> set : fields.get().values().entrySet()) {
            String name = set.getKey();
            YamlNode key = fields.get().key(name);
            if (values.isName(key, name, "the set's name")) {
                keys.put(name, key);
                sets.put(name, set(name, set.getValue()));
            }
        }
    }

    /// The set that a rule names.
    AddressSet find(String name) throws BadValue {
        AddressSet set = sets.get(name);
        if (set == null) {
            String hint = Words.suggestion(name, sets.keySet());
            throw new BadValue("no set is called `" + Words.shortened(name) + "`"
                    + (hint.isEmpty() ? ", expected one that `sets` of this policy defines" : hint));
        }
        used.add(name);
        return set;
    }

    /// Warns of sets that no rule has asked for.
    void warnOfUnused() {
        keys.forEach((name, at) -> {
            if (!used.contains(name)) {
                source.warning(at.line(), at.column(), "no rule of this policy names the set `" + name + "`");
            }
        });
    }

    private AddressSet set(String name, YamlNode node) {
        String what = "the set `" + name + "`";
        if (!(node instanceof YamlNode.Mapping)) {
            return new AddressSet(name, values.list(node, what, MEMBER, PeerReader::prefix));
        }
        Optional<YamlNode> file = Fields.read(source, node, what, List.of("file"), List.of())
                .flatMap(fields -> {
                    if (fields.get("file").isEmpty() && !fields.anyRefused()) {
                        source.error(node, what + " is an empty mapping, expected a list or `file: PATH`");
                    }
                    return fields.get("file");
                });
        return file.flatMap(at -> at.text(source, "`file`", "the path of a file of addresses")
                        .flatMap(path -> files.read(path, source, at)))
                .map(set -> set.named(name))
                .orElseGet(() -> new AddressSet(name, List.<Cidr>of()));
    }
}
