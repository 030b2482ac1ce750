// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.policy.Glob;
import dev.weir.policy.Holder;
import dev.weir.policy.Peer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Whoever may hold an address, in classes that rules cannot tell apart; nobody is one of them. Where no rule names a
/// holder there is only one class.
final class Holders {
    private final List<Optional<Holder>> classes;
    private final Vocabulary words;

    private Holders(List<Optional<Holder>> classes, Vocabulary words) {
        this.classes = classes;
        this.words = words;
    }

    /// @param peers all that name holders
    static Holders of(Collection<Peer.Holding> peers, Naming naming) throws DiffLimitException {
        Set<Peer.Holding> named = new LinkedHashSet<>(peers);
        List<Optional<Holder>> classes = new ArrayList<>();
        classes.add(Optional.empty());
        if (!named.isEmpty()) {
            named.add(new Peer.Host());
            named.add(new Peer.NamespaceSelector(new Glob("*")));
            if (named.stream().anyMatch(Peer.LabelSelector.class::isInstance)) {
                naming.patterns().forEach(glob -> named.add(new Peer.NamespaceSelector(glob)));
            }
            classes.add(Optional.of(new Holder.Host()));
            List<Glob> names = named.stream()
                    .filter(Peer.NamespaceSelector.class::isInstance)
                    .map(peer -> ((Peer.NamespaceSelector) peer).names())
                    .toList();
            for (String name : NameClasses.of(names)) {
                classes.add(
                        Optional.of(new Holder.Namespace(name, naming.labels().apply(name))));
            }
        }
        Vocabulary words = new Vocabulary("any", classes.size());
        for (Peer.Holding peer : named) {
            words.add(
                    peer.toString(),
                    Endpoints.set(classes, holder -> holder.filter(peer::names).isPresent()));
        }
        return new Holders(classes, words);
    }

    int size() {
        return classes.size();
    }

    /// A holder of the class; empty: nobody.
    Optional<Holder> holder(int each) {
        return classes.get(each);
    }

    boolean isEverybody(BitSet of) {
        return words.isEverything(of);
    }

    /// Phrases that together mean these classes; none if they are all.
    List<String> describe(BitSet of) {
        return isEverybody(of) ? List.of() : words.describe(of);
    }
}
