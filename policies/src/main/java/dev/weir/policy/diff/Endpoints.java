// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.policy.Glob;
import dev.weir.policy.Selector;
import dev.weir.policy.Target;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// All endpoints that there may be, in classes that selectors cannot tell apart: by what lies behind a device, which is
/// a namespace or, behind a bridge or an uplink, a segment; and by the device.
final class Endpoints {
    private static final Glob ANY = new Glob("*");

    private final List<Target> behind;
    private final List<String> devices;
    private final Vocabulary behindWords;
    private final Vocabulary deviceWords;

    private Endpoints(List<Target> behind, List<String> devices, Vocabulary behindWords, Vocabulary deviceWords) {
        this.behind = behind;
        this.devices = devices;
        this.behindWords = behindWords;
        this.deviceWords = deviceWords;
    }

    /// @param only what alone is looked at, on any device if it names none; empty: everything
    static Endpoints of(Collection<Selector> selectors, Naming naming, Optional<Target> only)
            throws DiffLimitException {
        Set<Glob> names = new LinkedHashSet<>();
        Set<Map.Entry<String, String>> labels = new LinkedHashSet<>();
        Set<Glob> onDevices = new LinkedHashSet<>();
        for (Selector selector : selectors) {
            names.addAll(selector.namespaces());
            labels.addAll(selector.labels().entrySet());
            onDevices.addAll(selector.devices());
        }
        if (!labels.isEmpty()) {
            names.addAll(naming.patterns());
        }
        names.add(ANY);
        onDevices.add(ANY);
        List<Target> behind = new ArrayList<>();
        if (only.isPresent()) {
            behind.add(only.get());
        } else {
            for (String name : NameClasses.of(names)) {
                behind.add(new Target(Optional.of(name), naming.labels().apply(name), ""));
            }
            behind.add(Target.ofDevice(""));
        }
        Optional<String> device = only.map(Target::device).filter(name -> !name.isEmpty());
        List<String> devices = device.isPresent() ? List.of(device.get()) : NameClasses.of(onDevices);
        if ((long) behind.size() * devices.size() > NameClasses.MAX_CLASSES) {
            throw new DiffLimitException("the policies tell more than " + NameClasses.MAX_CLASSES
                    + " kinds of namespaces and devices apart; compare one namespace at a time");
        }
        Vocabulary behindWords = new Vocabulary(only.map(Target::name).orElse("any endpoint"), behind.size());
        behindWords.add("any namespace", matching(behind, ANY));
        behindWords.add(
                "a bridge or uplink", set(behind, target -> target.namespace().isEmpty()));
        selectors.forEach(selector ->
                selector.namespaces().forEach(glob -> behindWords.add(glob.pattern(), matching(behind, glob))));
        labels.forEach(label -> behindWords.add(
                "label:" + label.getKey() + "=" + label.getValue(),
                set(behind, target -> label.getValue().equals(target.labels().get(label.getKey())))));
        names.forEach(glob -> behindWords.add(glob.pattern(), matching(behind, glob)));
        Vocabulary deviceWords = new Vocabulary("any device", devices.size());
        onDevices.forEach(glob -> deviceWords.add(glob.pattern(), set(devices, glob::matches)));
        return new Endpoints(behind, devices, behindWords, deviceWords);
    }

    int size() {
        return behind.size() * devices.size();
    }

    /// An endpoint of the class.
    Target target(int each) {
        Target target = behind.get(each / devices.size());
        return new Target(target.namespace(), target.labels(), devices.get(each % devices.size()));
    }

    /// Phrases that together mean these classes.
    List<String> describe(BitSet classes) {
        Map<BitSet, BitSet> byDevices = new LinkedHashMap<>();
        for (int i = 0; i < behind.size(); i++) {
            BitSet on = classes.get(i * devices.size(), (i + 1) * devices.size());
            if (!on.isEmpty()) {
                byDevices.computeIfAbsent(on, _ -> new BitSet()).set(i);
            }
        }
        List<String> phrases = new ArrayList<>();
        byDevices.forEach((on, of) -> {
            if (deviceWords.isEverything(on)) {
                phrases.addAll(behindWords.describe(of));
            } else {
                for (String device : deviceWords.describe(on)) {
                    if (behindWords.isEverything(of)) {
                        phrases.add("device " + device);
                    } else {
                        behindWords.describe(of).forEach(words -> phrases.add(words + " on device " + device));
                    }
                }
            }
        });
        return phrases;
    }

    private static BitSet matching(List<Target> behind, Glob glob) {
        return set(behind, target -> target.namespace().filter(glob::matches).isPresent());
    }

    static <T> BitSet set(List<T> classes, Predicate<T> member) {
        BitSet set = new BitSet();
        IntStream.range(0, classes.size())
                .filter(i -> member.test(classes.get(i)))
                .forEach(set::set);
        return set;
    }
}
