// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a policy applies to: whatever any of its three lists names.
///
/// @param namespaces names or patterns of them
/// @param labels a namespace must have all of them; none: nothing is selected by labels
/// @param devices names of devices or patterns of them
public record Selector(List<Glob> namespaces, SortedMap<String, String> labels, List<Glob> devices) {
    /// @throws IllegalArgumentException if it could select nothing
    public Selector {
        namespaces = List.copyOf(namespaces);
        labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        devices = List.copyOf(devices);
        if (namespaces.isEmpty() && labels.isEmpty() && devices.isEmpty()) {
            throw new IllegalArgumentException("a selector that names neither namespaces nor labels nor devices");
        }
    }

    /// Selects by names of namespaces alone.
    public static Selector ofNamespaces(List<Glob> namespaces) {
        return new Selector(namespaces, new TreeMap<>(), List.of());
    }

    public boolean matches(Target target) {
        return target.namespace()
                        .filter(name -> namespaces.stream().anyMatch(glob -> glob.matches(name)))
                        .isPresent()
                || (!labels.isEmpty() && holdsAll(target.labels()))
                || devices.stream().anyMatch(glob -> glob.matches(target.device()));
    }

    /// Whether everything that the other selects is surely selected by this too; `false` decides nothing.
    public boolean covers(Selector other) {
        return devices.stream().anyMatch(Glob::isEverything)
                || (cover(namespaces, other.namespaces) && cover(devices, other.devices) && coversLabels(other));
    }

    /// What has labels is a namespace.
    private boolean coversLabels(Selector other) {
        return other.labels.isEmpty()
                || (!labels.isEmpty() && other.labels.entrySet().containsAll(labels.entrySet()))
                || namespaces.stream().anyMatch(Glob::isEverything);
    }

    private static boolean cover(List<Glob> wide, List<Glob> narrow) {
        return narrow.stream().allMatch(each -> wide.stream().anyMatch(glob -> glob.covers(each)));
    }

    private boolean holdsAll(Map<String, String> given) {
        return labels.entrySet().stream().allMatch(label -> label.getValue().equals(given.get(label.getKey())));
    }
}
