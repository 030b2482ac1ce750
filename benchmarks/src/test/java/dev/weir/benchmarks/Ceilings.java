// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// The bounds of `benchmarks/limits.txt`. A figure may not be above its limit, and not so far below it that what
/// was won could be lost again unseen.
final class Ceilings {
    private static final Path FILE = Path.of("limits.txt");
    private static final String HOST = "host";

    /// A figure has to be more than so many percent of its limit.
    private static final int LEAST = 90;

    /// Percent that a new limit leaves above the figure.
    private static final int ROOM = 3;

    private final Map<String, Long> limits = new TreeMap<>();
    private Host host = new Host("", "", "");

    /// What some figures depend on.
    ///
    /// @param kernel its first two numbers
    /// @param processors that the kernel has room for, as it tells them
    record Host(String kernel, String architecture, String processors) {
        static Host here() throws IOException {
            String[] version = System.getProperty("os.version").split("\\.", 3);
            return new Host(
                    version[0] + "." + version[1],
                    System.getProperty("os.arch"),
                    Files.readString(Path.of("/sys/devices/system/cpu/possible"))
                            .strip());
        }

        /// Whether the verifier and the JIT for programs are the same.
        boolean loadsAs(Host other) {
            return kernel.equals(other.kernel) && architecture.equals(other.architecture);
        }

        /// Says what was not held to its limit here.
        void skip(String what, Host other) {
            System.out.printf(
                    "%n*** HERE %s WAS NOT HELD TO ITS LIMITS: they are of %s, this is %s ***%n%n", what, other, this);
        }

        @Override
        public String toString() {
            return "Linux %s, %s, processors %s".formatted(kernel, architecture, processors);
        }
    }

    private Ceilings(List<String> lines) {
        for (String line : lines) {
            String[] words = line.strip().split("\\s+");
            if (words[0].equals(HOST)) {
                host = new Host(words[1], words[2], words[3]);
            } else if (!line.isBlank() && !line.startsWith("#")) {
                add(words);
            }
        }
    }

    private void add(String... words) {
        int behindName = words.length - 2;
        String name = String.join(" ", Arrays.asList(words).subList(0, behindName));
        long limit = number(words[behindName]);
        if (number(words[behindName + 1]) > limit || limits.put(name, limit) != null) {
            throw new IllegalArgumentException(FILE + ": " + name + " has two lines, or is above its limit");
        }
    }

    static Ceilings read() throws IOException {
        return new Ceilings(Files.readAllLines(FILE));
    }

    static Ceilings of(String text) {
        return new Ceilings(text.lines().toList());
    }

    /// Where the figures of the file were taken.
    Host host() {
        return host;
    }

    /// Holds all limits of a group, whose names begin with it, to these figures.
    ///
    /// @param figures by the rest of their names
    /// @throws AssertionError with a line of the file for each figure that wants another one
    void hold(String group, Map<String, Long> figures) {
        List<String> wrong = new ArrayList<>();
        Map<String, Long> named = new LinkedHashMap<>();
        figures.forEach((name, figure) -> named.put(group + " " + name, figure));
        named.forEach((name, figure) -> {
            Long limit = limits.get(name);
            if (limit == null) {
                wrong.add("no limit yet: " + line(name, figure));
            } else if (figure > limit) {
                wrong.add("above its limit of %,d; if that is worth it: %s".formatted(limit, line(name, figure)));
            } else if (figure * 100 < limit * LEAST) {
                wrong.add("far below its limit of %,d; keep that: %s".formatted(limit, line(name, figure)));
            }
        });
        limits.keySet().stream()
                .filter(name -> name.startsWith(group + " ") && !named.containsKey(name))
                .forEach(name -> wrong.add("nothing measures it any more: " + name));
        if (!wrong.isEmpty()) {
            throw new AssertionError("benchmarks/%s wants other lines:%n%s".formatted(FILE, String.join("\n", wrong)));
        }
    }

    private static String line(String name, long figure) {
        return String.format(Locale.ROOT, "%-48s %,9d %,9d", name, figure + figure * ROOM / 100, figure);
    }

    private static long number(String word) {
        return Long.parseLong(word.replace(",", ""));
    }
}
