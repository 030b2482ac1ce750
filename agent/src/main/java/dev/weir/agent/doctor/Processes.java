// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Who is in which network namespace, and where else the files of namespaces are mounted, as `/proc` tells (proc(5)).
final class Processes {
    private static final Path PROC = Path.of("/proc");
    private static final Pattern NETWORK = Pattern.compile("net:\\[(\\d{1,19})]");

    /// More processes of one namespace are not asked for its former name.
    private static final int ASKED = 16;

    // fields of /proc/PID/mountinfo
    private static final int ROOT = 3;
    private static final int MOUNTED_ON = 4;

    private Processes() {}

    /// The processes of each network namespace, by its inode, in the order of their numbers. Those that may not be
    /// asked, or end meanwhile, are left out.
    static Map<Long, List<Long>> byNamespace() {
        Map<Long, List<Long>> found = new TreeMap<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                inode(process.resolve("ns/net"))
                        .ifPresent(inode -> found.computeIfAbsent(inode, none -> new ArrayList<>())
                                .add(Long.parseLong(process.getFileName().toString())));
            }
        } catch (IOException | DirectoryIteratorException e) {
            return found;
        }
        found.values().forEach(pids -> pids.sort(null));
        return found;
    }

    private static Optional<Long> inode(Path namespace) {
        try {
            Matcher target = NETWORK.matcher(Files.readSymbolicLink(namespace).toString());
            return target.matches() ? Optional.of(Long.parseLong(target.group(1))) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// Where files of network namespaces are mounted, by their inodes.
    static Map<Long, String> mounted() {
        Map<Long, String> found = new HashMap<>();
        for (String[] fields : mounts("self")) {
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
                .limit(ASKED)
                .flatMap(pid -> mounts(Long.toString(pid)).stream())
                .filter(fields -> fields[MOUNTED_ON].equals("/sys") && fields[fields.length - 3].equals("sysfs"))
                .map(fields -> fields[fields.length - 2])
                .filter(source -> !source.equals("sysfs") && !source.equals("none") && !present.contains(source))
                .findFirst();
    }

    /// The mounts that a process sees, as fields, of which the last three are type, source and options.
    private static List<String[]> mounts(String process) {
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
