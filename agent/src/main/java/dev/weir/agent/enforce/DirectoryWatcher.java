// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Tells when something in a directory changed, however it was done: a file written in place, renamed over, a
/// symbolic link swapped (the directory itself, one of its entries, or what an entry points to), the directory
/// removed and made again. It says that there was a change, never which; a burst of changes is told once.
final class DirectoryWatcher implements AutoCloseable {
    /// A burst is over when nothing has happened for so long. An editor that writes in place does it within less.
    private static final long QUIET_MILLIS = 15;

    /// A burst is told after so long even if it goes on.
    private static final long BURST_MILLIS = 300;

    /// Links followed from one entry, and entries looked at: a directory of a hostile shape costs no more than this.
    private static final int MAX_WATCHES = 256;

    private final Path directory;
    private final Runnable changed;
    private final WatchService service;
    private final Set<WatchKey> watches = new HashSet<>();
    private final Thread thread;

    /// Watches from now on; `changed` is called on a thread of the watcher's own and should only hand the news on.
    ///
    /// @throws IOException when the system gives no more watches
    DirectoryWatcher(Path directory, Runnable changed) throws IOException {
        this.directory = directory.toAbsolutePath();
        this.changed = changed;
        this.service = directory.getFileSystem().newWatchService();
        renewWatches();
        this.thread = Thread.ofPlatform().name("weir-watch").daemon().unstarted(this::watch);
        thread.start();
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
                WatchKey key = service.take();
                long start = System.nanoTime();
                boolean mine = false;
                while (key != null) {
                    mine |= concerns(key);
                    key.reset();
                    long left = TimeUnit.MILLISECONDS.toNanos(BURST_MILLIS) - (System.nanoTime() - start);
                    key = left <= 0
                            ? null
                            : service.poll(
                                    Math.min(left, TimeUnit.MILLISECONDS.toNanos(QUIET_MILLIS)), TimeUnit.NANOSECONDS);
                }
                if (mine) {
                    renewWatches();
                    changed.run();
                }
            }
        } catch (ClosedWatchServiceException | InterruptedException e) {
            // closed: the thread's work is over
        } catch (IOException e) {
            throw new IllegalStateException("watch " + directory, e);
        }
    }

    /// The parent directories are watched for one entry each, so that their other files disturb nobody.
    private boolean concerns(WatchKey key) {
        boolean whole = !key.watchable().equals(directory.getParent());
        boolean mine = false;
        for (var event : key.pollEvents()) {
            Object entry = event.context();
            mine |= whole || entry == null || entry.equals(directory.getFileName());
        }
        return mine;
    }

    /// Watches the directory, its parent, and wherever its links lead.
    private void renewWatches() throws IOException {
        Set<Path> wanted = new HashSet<>();
        Path parent = directory.getParent();
        if (parent != null) {
            wanted.add(parent);
        }
        wanted.add(directory);
        addLinkTarget(directory, wanted);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, Files::isSymbolicLink)) {
            for (Path entry : entries) {
                if (wanted.size() >= MAX_WATCHES) {
                    break;
                }
                addLinkTarget(entry, wanted);
            }
        } catch (IOException e) {
            // it is not there now: the parent tells when it comes
        }
        // By path again each time: another directory may stand there now. The same one gives the same key.
        Set<WatchKey> renewed = new HashSet<>();
        for (Path path : wanted) {
            if (Files.isDirectory(path)) {
                renewed.add(path.register(
                        service,
                        StandardWatchEventKinds.ENTRY_CREATE,
                        StandardWatchEventKinds.ENTRY_MODIFY,
                        StandardWatchEventKinds.ENTRY_DELETE));
            }
        }
        watches.removeAll(renewed);
        watches.forEach(WatchKey::cancel);
        watches.clear();
        watches.addAll(renewed);
    }

    private static void addLinkTarget(Path path, Set<Path> wanted) {
        @Nullable Path target = null;
        try {
            target = path.toRealPath();
        } catch (IOException e) {
            // a link to nothing: there is nothing to watch
        }
        if (target != null && target.getParent() != null) {
            wanted.add(target.getParent());
            if (Files.isDirectory(target)) {
                wanted.add(target);
            }
        }
    }
}
