// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import dev.weir.bpf.BpfException;
import dev.weir.bpf.MappedArray;
import dev.weir.bpf.PinnedObject;
import dev.weir.bpf.probe.BpfFs;
import dev.weir.bpf.probe.Lock;
import dev.weir.bpf.probe.Support;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Sees to it that what a running agent holds stays pinned: a pin that is taken away is made again, and where the whole
/// directory went, with its file system or by hand, all of them. The agent's programs and maps live on meanwhile by
/// the descriptors that it holds. For one thread.
public final class PinKeeper implements AutoCloseable {
    private final PinPaths pins;
    private final BpfFs bpffs;
    private final HeldLinks links;
    private final Map<String, PinnedObject> maps = new HashMap<>();
    private final Object first; // the directory that the agent has locked
    private Object home;
    private @Nullable Lock lock; // of `home`, where that is another one

    /// Opens every map that is pinned.
    ///
    /// @param pins where they are now; they are kept in the place that maps have for good
    /// @param links to keep pinned too; they stay the caller's
    public PinKeeper(PinPaths pins, HeldLinks links) {
        this.pins = new PinPaths(pins.root()); // where maps that take the place of older ones come to stand, too
        this.bpffs = BpfFs.at(pins.root());
        this.links = links;
        for (String name : WeirMaps.NAMES) {
            maps.put(name, PinnedObject.open(pins.map(name)));
        }
        this.first = Objects.requireNonNull(identity(pins.root()), () -> pins.root() + " was removed");
        this.home = first;
    }

    /// What a check found.
    public sealed interface Found {
        /// All is pinned.
        ///
        /// @param restored what was not pinned and is again, relative to the directory of Weir; mostly nothing
        record Pinned(List<String> restored) implements Found {
            public Pinned {
                restored = List.copyOf(restored);
            }
        }

        /// Nothing can be pinned.
        ///
        /// @param what is wrong, a sentence
        /// @param remedy what to do
        record Homeless(String what, String remedy) implements Found {}
    }

    /// Looks, and pins what is not pinned.
    public Found check() {
        try {
            return keep();
        } catch (BpfException | UncheckedIOException e) {
            return new Found.Homeless(
                    "nothing can be pinned in %s: %s".formatted(pins.root(), e.getMessage()),
                    "make it a directory of a BPF file system that can be written");
        }
    }

    private Found keep() {
        Object now = identity(pins.root());
        if (!home.equals(now)) {
            Found.Homeless problem = moveIn(now);
            if (problem != null) {
                return problem;
            }
        }
        create(pins.maps());
        create(pins.links());
        List<String> restored = new ArrayList<>();
        Set<String> present = names(pins.maps());
        maps.forEach((name, map) -> {
            if (!present.contains(name)) {
                map.pin(pins.map(name));
                restored.add(pins.root().relativize(pins.map(name)).toString());
            }
        });
        restored.addAll(links.restore(names(pins.links())));
        return new Found.Pinned(restored.stream().sorted().toList());
    }

    /// The heap of images, mapped until it is closed.
    public MappedArray mapImages() {
        return Objects.requireNonNull(maps.get(WeirMaps.IMAGES)).mapArray();
    }

    /// Takes the directory that is there now, or a new one, unless it belongs to another agent.
    private Found.@Nullable Homeless moveIn(@Nullable Object now) {
        if (first.equals(now)) { // what was mounted over it is gone
            leave();
            home = first;
            return null;
        }
        if (bpffs.support() instanceof Support.Unsupported no) {
            return new Found.Homeless(no.reason(), no.remedy());
        }
        bpffs.create();
        Lock taken = bpffs.lock().orElse(null);
        if (taken == null) {
            return new Found.Homeless("another agent has taken " + pins.root(), "stop one of the two");
        }
        if (!bpffs.pins().isEmpty()) {
            taken.close();
            return new Found.Homeless(
                    "another agent has left pins in " + pins.root(),
                    "remove them: `weir detach --bpffs " + pins.root() + "`");
        }
        leave();
        lock = taken;
        home = Objects.requireNonNull(identity(pins.root()), () -> pins.root() + " was removed");
        return null;
    }

    private void leave() {
        if (lock != null) {
            lock.close();
            lock = null;
        }
    }

    /// What tells this directory from another one at the same path; null where there is none.
    private static @Nullable Object identity(Path directory) {
        try {
            return Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException("look at " + directory, e);
        }
    }

    private static void create(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("make the directory " + directory, e);
        }
    }

    private static Set<String> names(Path directory) {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.map(path -> path.getFileName().toString()).collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException("list the pins in " + directory, e);
        }
    }

    /// Lets go of the maps; what is pinned stays.
    @Override
    public void close() {
        maps.values().forEach(PinnedObject::close);
        leave();
    }
}
