// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which network namespaces the processes of this host are in, as proc(5) showed it at one moment.
public final class Processes {
    /// More processes are not looked at: whoever starts them without end must not hold up everybody.
    private static final int MAX_PROCESSES = 65_536;

    /// So many of one namespace are known each by itself.
    private static final int KNOWN_EACH = 16;

    private static final Path PROC = Path.of("/proc");
    private static final Pattern NAMESPACE = Pattern.compile("net:\\[(\\d{1,18})]"); // namespaces(7)

    private final Map<Long, Group> groups = new HashMap<>();
    private boolean whole = true;

    private Processes() {}

    /// Those in one namespace.
    public static final class Group {
        private final long inode;
        private final NavigableSet<Long> smallest = new TreeSet<>();
        private int count;

        private Group(long inode) {
            this.inode = inode;
        }

        private void add(long pid) {
            count++;
            smallest.add(pid);
            if (smallest.size() > KNOWN_EACH) {
                smallest.pollLast();
            }
        }

        /// The inode of the namespace.
        public long inode() {
            return inode;
        }

        /// The smallest PID.
        public long first() {
            return smallest.getFirst();
        }

        /// The smallest PIDs, in their order; sixteen at most.
        public List<Long> some() {
            return List.copyOf(smallest);
        }

        /// How many there are.
        public int count() {
            return count;
        }
    }

    /// Looks at all processes; those that end meanwhile, or that may not be looked at, are left out.
    public static Processes scan() {
        Processes all = new Processes();
        int seen = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[1-9]*")) {
            for (Path entry : entries) {
                if (++seen > MAX_PROCESSES) {
                    all.whole = false;
                    break;
                }
                all.add(Long.parseLong(entry.getFileName().toString()), inodeOf(entry));
            }
        } catch (IOException | DirectoryIteratorException e) {
            all.whole = false;
        }
        return all;
    }

    private void add(long pid, long inode) {
        if (inode != 0) {
            groups.computeIfAbsent(inode, Group::new).add(pid);
        }
    }

    private static long inodeOf(Path process) {
        try {
            Matcher link = NAMESPACE.matcher(
                    Files.readSymbolicLink(process.resolve("ns/net")).toString());
            return link.matches() ? Long.parseLong(link.group(1)) : 0;
        } catch (IOException e) {
            return 0; // it has ended
        }
    }

    /// The processes in the namespace with this inode; empty where none was seen.
    public Optional<Group> in(long inode) {
        return Optional.ofNullable(groups.get(inode));
    }

    /// Of every namespace that has processes.
    public Collection<Group> groups() {
        return groups.values();
    }

    /// Whether all processes were looked at.
    boolean isWhole() {
        return whole;
    }

    /// The user that a process runs as (its effective UID); empty when it has ended.
    public static OptionalInt owner(long pid) {
        try {
            return OptionalInt.of((Integer) Files.getAttribute(PROC.resolve(Long.toString(pid)), "unix:uid"));
        } catch (IOException e) {
            return OptionalInt.empty();
        }
    }
}
