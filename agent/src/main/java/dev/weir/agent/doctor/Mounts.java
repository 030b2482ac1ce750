// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where the files of network namespaces are mounted, and what mounts tell of them, by proc(5).
final class Mounts {
    private static final Path PROC = Path.of("/proc");
    private static final Pattern NETWORK = Pattern.compile("net:\\[(\\d{1,19})]");

    // fields of /proc/PID/mountinfo
    private static final int ROOT = 3;
    private static final int MOUNTED_ON = 4;

    private Mounts() {}

    /// Where files of network namespaces are mounted, by their inodes.
    static Map<Long, String> ofNamespaces() {
        Map<Long, String> found = new HashMap<>();
        for (String[] fields : of("self")) {
            Matcher root = NETWORK.matcher(fields[ROOT]);
            if (root.matches()
                    && !fields[MOUNTED_ON].contains("\\")) { // which stands for a character that is no plain one
                found.putIfAbsent(Long.parseLong(root.group(1)), fields[MOUNTED_ON]);
            }
        }
        return found;
    }

    /// What a namespace was called when one of its processes was started in it: `ip netns exec` mounts a `/sys` for it,
    /// and gives the mount that name.
    ///
    /// @param present names that namespaces have now
    static Optional<String> formerName(List<Long> pids, Set<String> present) {
        return pids.stream()
                .flatMap(pid -> of(Long.toString(pid)).stream())
                .filter(fields -> fields[MOUNTED_ON].equals("/sys") && fields[fields.length - 3].equals("sysfs"))
                .map(fields -> fields[fields.length - 2])
                .filter(source -> !source.equals("sysfs") && !source.equals("none") && !present.contains(source))
                .findFirst();
    }

    /// The mounts that a process sees, as fields, of which the last three are type, source and options.
    private static List<String[]> of(String process) {
        try {
            return Files.readAllLines(PROC.resolve(process).resolve("mountinfo")).stream()
                    .map(line -> line.split(" "))
                    .filter(fields -> fields.length >= 10)
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
