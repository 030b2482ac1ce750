// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.lab.Shell;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What is alive on the heap of another JVM, by the name of its class.
record HeapCensus(Map<String, Count> classes) {
    /// `  12:      3274       157152  dev.weir.agent.view.EventView (module)`
    private static final Pattern LINE = Pattern.compile("(?m)^ *\\d+: +(\\d+) +(\\d+) +(\\S+)");

    /// What the collector lays over gaps, to be able to walk the heap: nobody holds it.
    private static final String GAP = "[Ljdk.internal.vm.FillerElement;";

    private static final int MOST = 12;

    HeapCensus {
        classes = Map.copyOf(classes);
    }

    /// The objects of one class.
    record Count(long instances, long bytes) {
        static final Count NONE = new Count(0, 0);
    }

    /// Has the JVM collect what nobody holds, and counts the rest.
    static HeapCensus of(long pid) {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        String histogram = Shell.run("%s %d GC.class_histogram".formatted(jcmd, pid));
        Map<String, Count> classes = new HashMap<>();
        Matcher line = LINE.matcher(histogram);
        while (line.find()) {
            if (!line.group(3).equals(GAP)) {
                // A class may be loaded more than once.
                classes.merge(
                        line.group(3),
                        new Count(Long.parseLong(line.group(1)), Long.parseLong(line.group(2))),
                        (one, other) -> new Count(one.instances + other.instances, one.bytes + other.bytes));
            }
        }
        return new HeapCensus(classes);
    }

    long bytes() {
        return classes.values().stream().mapToLong(Count::bytes).sum();
    }

    Count count(Class<?> type) {
        return count(type.getName());
    }

    private Count count(String name) {
        return classes.getOrDefault(name, Count.NONE);
    }

    /// The classes that take more than they did, the worst first, a line each.
    String growthSince(HeapCensus before) {
        return classes.keySet().stream()
                .filter(name -> growth(before, name) > 0)
                .sorted(Comparator.comparingLong((String name) -> growth(before, name))
                        .reversed())
                .limit(MOST)
                .map(name ->
                        "%,10d bytes more of %s, now %,d".formatted(growth(before, name), name, count(name).instances))
                .collect(Collectors.joining("\n", "\n", "\n"));
    }

    private long growth(HeapCensus before, String name) {
        return count(name).bytes - before.count(name).bytes;
    }
}
