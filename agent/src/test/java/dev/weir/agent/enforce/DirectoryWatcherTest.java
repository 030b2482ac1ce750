// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryWatcherTest {
    /// Of silence, after which a burst is surely over.
    private static final long QUIET_MILLIS = 150;

    @TempDir
    Path home;

    private final Semaphore told = new Semaphore(0);
    private Path directory;
    private DirectoryWatcher watcher;

    @BeforeEach
    void watch() throws IOException {
        directory = Files.createDirectory(home.resolve("watched"));
        watcher = new DirectoryWatcher(directory, told::release);
    }

    @AfterEach
    void close() {
        watcher.close();
    }

    private interface Change {
        void make() throws IOException;
    }

    private void assertTold(String what, Change change) throws IOException, InterruptedException {
        change.make();
        assertTrue(told.tryAcquire(10, SECONDS), what);
        settle();
    }

    /// Waits until no more is told, which bursts may do in pieces on a slow machine.
    private void settle() throws InterruptedException {
        while (told.tryAcquire(QUIET_MILLIS, MILLISECONDS)) {
            // the same change, told again
        }
    }

    /// What is told late of a change before is told once or twice; a place that is watched tells whenever
    /// it changes.
    private void assertUntold(String what, Change change) throws IOException, InterruptedException {
        for (int times = 0; times < 10; times++) {
            change.make();
            if (!told.tryAcquire(QUIET_MILLIS, MILLISECONDS)) {
                return;
            }
            settle();
        }
        fail(what);
    }

    private static void swap(Path link, Path target) throws IOException {
        Path draft = link.resolveSibling("draft");
        Files.createSymbolicLink(draft, target);
        Files.move(draft, link, StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void everyWayOfSavingIsTold() throws Exception {
        Path file = directory.resolve("a.yaml");
        assertTold("created", () -> Files.writeString(file, "1"));
        assertTold("written in place", () -> Files.writeString(file, "2"));
        Path draft = home.resolve("draft");
        Files.writeString(draft, "3");
        assertTold("renamed over", () -> Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE));
        assertTold("moved out", () -> Files.move(file, draft));
        assertTold("moved in", () -> Files.move(draft, file));
        assertTold("removed", () -> Files.delete(file));
    }

    @Test
    void directoryIsFollowedThroughItsAbsence() throws Exception {
        assertTold("removed", () -> Files.delete(directory));
        assertTold("made again", () -> Files.createDirectory(directory));
        assertTold("filled", () -> Files.writeString(directory.resolve("a.yaml"), "1"));
        Path away = home.resolve("away");
        assertTold("moved away", () -> Files.move(directory, away));
        assertUntold("what moved away is no longer watched", () -> Files.writeString(away.resolve("a.yaml"), "2"));
        assertTold("moved back", () -> Files.move(away, directory));
        assertTold("written", () -> Files.writeString(directory.resolve("a.yaml"), "3"));
    }

    @Test
    void linksOfEntriesAreFollowed() throws Exception {
        Path targets = Files.createDirectory(home.resolve("targets"));
        Path one = Files.writeString(targets.resolve("one"), "1");
        Path two = Files.writeString(targets.resolve("two"), "2");
        Path link = directory.resolve("a.yaml");
        assertTold("linked", () -> Files.createSymbolicLink(link, one));
        assertTold("target written", () -> Files.writeString(one, "3"));
        assertTold("swapped", () -> swap(link, two));
        assertTold("new target written", () -> Files.writeString(two, "4"));
        assertTold("target removed", () -> Files.delete(two));
        assertTold("target back", () -> Files.writeString(two, "5"));
    }

    @Test
    void linkOfALinkIsFollowed() throws Exception {
        // how a configuration map is mounted: a.yaml -> ..data/a.yaml, ..data -> ..1, swapped for ..data -> ..2
        Path first = Files.createDirectory(directory.resolve("..1"));
        Path second = Files.createDirectory(directory.resolve("..2"));
        Files.writeString(first.resolve("a.yaml"), "1");
        Files.writeString(second.resolve("a.yaml"), "2");
        Files.createSymbolicLink(directory.resolve("..data"), Path.of("..1"));
        assertTold("linked", () -> Files.createSymbolicLink(directory.resolve("a.yaml"), Path.of("..data", "a.yaml")));
        assertTold("swapped", () -> swap(directory.resolve("..data"), Path.of("..2")));
        assertTold("written", () -> Files.writeString(second.resolve("a.yaml"), "3"));
    }

    @Test
    void everyLinkOnTheWayToTheDirectoryIsFollowed() throws Exception {
        // watched -> service/current/policies, service/current -> releases/1, as a deployment swaps it
        Path first = Files.createDirectories(home.resolve("releases/1/policies"));
        Path second = Files.createDirectories(home.resolve("releases/2/policies"));
        Path service = Files.createDirectory(home.resolve("service"));
        Path current = Files.createSymbolicLink(service.resolve("current"), Path.of("../releases/1"));
        assertTold("replaced", () -> {
            Files.delete(directory);
            Files.createSymbolicLink(directory, current.resolve("policies"));
        });
        assertTold("written", () -> Files.writeString(first.resolve("a.yaml"), "1"));
        assertTold("swapped", () -> swap(current, Path.of("../releases/2")));
        assertTold("written there", () -> Files.writeString(second.resolve("a.yaml"), "1"));
        assertUntold("what was left is no longer watched", () -> Files.writeString(first.resolve("a.yaml"), "2"));
    }

    @Test
    void linkThatLeadsNowhereYetIsFollowedWhenItDoes() throws Exception {
        Path absent = home.resolve("absent/deep/a.yaml");
        assertTold("linked", () -> Files.createSymbolicLink(directory.resolve("a.yaml"), absent));
        assertTold("its first directory", () -> Files.createDirectory(home.resolve("absent")));
        assertTold("its second", () -> Files.createDirectory(home.resolve("absent/deep")));
        assertTold("the file", () -> Files.writeString(absent, "1"));
        assertTold("written", () -> Files.writeString(absent, "2"));
    }

    @Test
    void circleOfLinksIsNoTrap() throws Exception {
        Path link = directory.resolve("a.yaml");
        assertTold("linked to itself", () -> Files.createSymbolicLink(link, link));
        assertTold("mended", () -> swap(link, Files.writeString(home.resolve("target"), "1")));
        assertTold("written", () -> Files.writeString(home.resolve("target"), "2"));
    }

    @Test
    void burstIsToldAFewTimesAndAtItsEnd() throws Exception {
        Path file = directory.resolve("a.yaml");
        long start = System.nanoTime();
        for (int i = 0; i < 1000; i++) {
            Files.writeString(file, "1");
        }
        assertTrue(told.tryAcquire(10, SECONDS));
        int times = 1;
        long last = System.nanoTime();
        while (told.tryAcquire(QUIET_MILLIS, MILLISECONDS)) {
            times++;
            last = System.nanoTime();
        }
        // Once for each silence, of which a busy machine may make many.
        long silences = MILLISECONDS.convert(last - start, NANOSECONDS) / DirectoryWatcher.QUIET_MILLIS;
        assertTrue(times <= 1 + silences, times + " times, though of silences there were at most " + silences);
        assertTold("after the burst", () -> Files.writeString(file, "2"));
    }

    @Test
    void neighboursDisturbNobody() throws Exception {
        Files.writeString(home.resolve("neighbour"), "1");
        Files.createDirectory(home.resolve("another"));
        assertFalse(told.tryAcquire(QUIET_MILLIS, MILLISECONDS));
    }

    @Test
    void entriesThatComeAndGoAllTheTimeDoNotEndTheWatch() throws Exception {
        Path target = home.resolve("target");
        Path link = directory.resolve("a.yaml");
        for (int i = 0; i < 300; i++) {
            Files.createDirectory(target);
            Files.createSymbolicLink(link, target);
            Files.delete(target);
            Files.delete(link);
            Files.delete(directory);
            Files.createDirectory(directory);
        }
        assertTrue(told.tryAcquire(10, SECONDS));
        settle();
        assertTold("still watched", () -> Files.writeString(directory.resolve("b.yaml"), "1"));
    }

    @Test
    void filesElsewhereAreWatchedForAsLongAsTheyAreNamed() throws IOException, InterruptedException {
        Path set = Files.writeString(Files.createDirectory(home.resolve("sets")).resolve("office.txt"), "192.0.2.1\n");
        assertTold("a file may have changed before it was named", () -> watcher.alsoWatch(Set.of(set)));
        assertTold("it is written", () -> Files.writeString(set, "192.0.2.2\n"));
        assertTold("it is removed", () -> Files.delete(set));
        assertTold("it is made again", () -> Files.writeString(set, "192.0.2.3\n"));
        assertTold("it is named no more", () -> watcher.alsoWatch(Set.of()));
        assertUntold("told of a file that nobody names", () -> Files.writeString(set, "192.0.2.4\n"));
    }
}
