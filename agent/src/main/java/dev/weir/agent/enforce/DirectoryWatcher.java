// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.agent.Log;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Tells when something in a directory changed, however it was done: a file written in place, renamed over, a
/// symbolic link swapped (on the way to the directory, or from one of its entries, however many there are), the
/// directory or the target of a link removed and made again, a file system mounted there or unmounted. It says that
/// there was a change, never which; a burst of changes is told once. Files elsewhere can be watched beside it.
final class DirectoryWatcher implements AutoCloseable {
    /// A burst is over when nothing has happened for so long. An editor that writes in place does it within less.
    static final long QUIET_MILLIS = 15;

    /// A burst is told after so long even if it goes on.
    private static final long BURST_MILLIS = 300;

    /// Directories watched, links on one way (MAXSYMLINKS of linux/namei.h), and looks at what changes under our
    /// hands: a directory of a hostile shape costs no more than this.
    private static final int MAX_WATCHES = 256;

    /// No watch tells of a mount (inotify(7) tells of the end of a file system only), so the directory is looked at
    /// this often: is it still the same?
    private static final long LOOK_MILLIS = 500;

    private static final int MAX_LINKS = 40;
    private static final int MAX_ATTEMPTS = 5;

    private final Path directory;
    private final Runnable changed;
    private final WatchService service;
    private final Map<WatchKey, Set<Path>> watches = new HashMap<>();
    private final Thread thread;
    private @Nullable Object seen;
    private volatile Set<Path> files = Set.of();

    /// Watches from now on; `changed` is called on a thread of the watcher's own and should only hand the news on.
    ///
    /// @throws IOException when the system gives no more watches
    DirectoryWatcher(Path directory, Runnable changed) throws IOException {
        this.directory = directory.toAbsolutePath();
        this.changed = changed;
        this.service = directory.getFileSystem().newWatchService();
        renewWatches();
        this.seen = identity();
        this.thread = Thread.ofPlatform().name("weir-watch").daemon().unstarted(this::watch);
        thread.start();
    }

    /// Tells of these files too, wherever they are, instead of those named the last time. Where that is news,
    /// it tells at once: a file may have changed since whoever names it has read it.
    ///
    /// @param others absolute
    void alsoWatch(Set<Path> others) {
        if (!files.equals(others)) {
            files = Set.copyOf(others);
            renewOrTell();
            changed.run();
        }
    }

    @Override
    public void close() {
        try {
            service.close();
            thread.join();
        } catch (IOException e) {
            throw new IllegalStateException("close the watch of " + directory, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void watch() {
        try {
            while (true) {
                WatchKey key = service.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                long start = System.nanoTime();
                boolean mine = isAnother();
                while (key != null) {
                    mine |= concerns(key);
                    mine |= !key.reset(); // what it watched is gone, be it with its file system
                    long left = TimeUnit.MILLISECONDS.toNanos(BURST_MILLIS) - (System.nanoTime() - start);
                    key = left <= 0
                            ? null
                            : service.poll(
                                    Math.min(left, TimeUnit.MILLISECONDS.toNanos(QUIET_MILLIS)), TimeUnit.NANOSECONDS);
                }
                if (mine) {
                    renewOrTell();
                    changed.run();
                }
            }
        } catch (ClosedWatchServiceException | InterruptedException e) {
            // closed: the thread's work is over
        }
    }

    /// Whether the path leads to another directory than at the last look, or to none where there was one.
    private boolean isAnother() {
        Object now = identity();
        boolean another = !Objects.equals(seen, now);
        seen = now;
        return another;
    }

    private @Nullable Object identity() {
        try {
            return Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    private void renewOrTell() {
        try {
            renewWatches();
        } catch (IOException e) {
            Log.error("further changes of %s may go unnoticed, save it again: %s".formatted(directory, e.getMessage()));
        }
    }

    /// Most directories are watched for a few entries only, so that their other files disturb nobody.
    private synchronized boolean concerns(WatchKey key) {
        Set<Path> names = watches.getOrDefault(key, Set.of());
        boolean mine = false;
        for (var event : key.pollEvents()) {
            Object entry = event.context(); // null: so many that the kernel lost some
            mine |= names.isEmpty() || entry == null || names.contains(entry);
        }
        return mine;
    }

    /// Watches what matters now. A link may be swapped between the look and the watch: then it looks again.
    ///
    /// @throws IOException when the system gives no more watches; those that there are stay
    private synchronized void renewWatches() throws IOException {
        Map<Path, Set<Path>> wanted = wanted();
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            watch(wanted);
            Map<Path, Set<Path>> now = wanted();
            if (now.equals(wanted)) {
                return;
            }
            wanted = now;
        }
    }

    private void watch(Map<Path, Set<Path>> wanted) throws IOException {
        // By path again each time: another directory may stand there now. The same one gives the same key.
        Map<WatchKey, Set<Path>> renewed = new HashMap<>();
        for (Map.Entry<Path, Set<Path>> want : wanted.entrySet()) {
            try {
                WatchKey key = want.getKey()
                        .register(
                                service,
                                StandardWatchEventKinds.ENTRY_CREATE,
                                StandardWatchEventKinds.ENTRY_MODIFY,
                                StandardWatchEventKinds.ENTRY_DELETE);
                renewed.merge(key, want.getValue(), DirectoryWatcher::both);
            } catch (NoSuchFileException | NotDirectoryException e) {
                // gone since we looked: the next look finds what tells of its return
            }
        }
        watches.keySet().stream().filter(key -> !renewed.containsKey(key)).forEach(WatchKey::cancel);
        watches.clear();
        watches.putAll(renewed);
    }

    /// Which directories tell of changes, each with the entries that matter in it; none: all do.
    private Map<Path, Set<Path>> wanted() {
        Map<Path, Set<Path>> wanted = new HashMap<>();
        addWay(directory, wanted);
        if (Files.isDirectory(directory)) {
            wanted.put(directory, Set.of());
        }
        for (Path file : files) {
            if (wanted.size() < MAX_WATCHES) {
                addWay(file, wanted);
            }
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, Files::isSymbolicLink)) {
            for (Path entry : entries) {
                if (wanted.size() >= MAX_WATCHES) {
                    break;
                }
                addWay(entry, wanted);
            }
        } catch (IOException | DirectoryIteratorException e) {
            // it is not there now: what was found on the way tells when it comes
        }
        return wanted;
    }

    /// Walks a path as the kernel does, and adds every link on the way and its end, or the first entry that is
    /// missing.
    private static void addWay(Path path, Map<Path, Set<Path>> wanted) {
        Deque<Path> ahead = new ArrayDeque<>();
        path.forEach(ahead::add);
        Path at = path.getRoot();
        int links = 0;
        while (!ahead.isEmpty() && at != null) {
            Path name = ahead.remove();
            Path next = at.resolve(name);
            if (name.toString().equals("..")) {
                at = at.getParent() == null ? at : at.getParent();
            } else if (Files.isSymbolicLink(next) && links < MAX_LINKS) {
                links++;
                add(at, name, wanted);
                at = follow(next, at, ahead);
            } else {
                if (ahead.isEmpty() || !Files.isDirectory(next)) {
                    add(at, name, wanted);
                    return;
                }
                at = next;
            }
        }
    }

    /// Puts the way that a link tells before what is ahead, and returns where it begins; null if the link is gone.
    private static @Nullable Path follow(Path link, Path at, Deque<Path> ahead) {
        try {
            Path target = Files.readSymbolicLink(link);
            List<Path> names = new ArrayList<>();
            target.forEach(names::add);
            names.reversed().forEach(ahead::addFirst);
            return target.isAbsolute() ? target.getRoot() : at;
        } catch (IOException e) {
            return null;
        }
    }

    private static void add(Path directory, Path name, Map<Path, Set<Path>> wanted) {
        wanted.merge(directory, Set.of(name), DirectoryWatcher::both);
    }

    private static Set<Path> both(Set<Path> one, Set<Path> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return Set.of();
        }
        Set<Path> names = new HashSet<>(one);
        names.addAll(other);
        return names;
    }
}
