// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.upgrade;

import dev.weir.abi.State;
import dev.weir.agent.Log;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.pins.WrongLayoutException;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.MappedArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The way of what is pinned from maps of an older layout to those of this one, with enforcement kept throughout.
///
/// 1. [#begin] makes the new maps beside the old ones, in `maps-next`, and copies what the old ones hold. A map that is
///    the same in both layouts is one and the same map. Nobody judges by the new ones yet.
/// 2. The enforcer writes the policies into the new maps, and calls [#depart] before it puts the programs that use them
///    into the first link. Flows that were opened meanwhile are copied, and the new maps get their layout number: from
///    now on the way leads only forward.
/// 3. Once no link runs the old programs, [#arrive] adds what they have counted, and `maps-next` becomes `maps`.
///
/// An agent that dies before the second step leaves maps without a number: the next one, of whatever version,
/// removes them. One that dies after it leaves maps that the next one goes on with.
public final class Migration implements AutoCloseable {
    /// They say how programs judge, so those of two layouts share none of them, even if it is the same in both.
    private static final Set<String> APART = Set.of(WeirMaps.STATE, WeirMaps.IMAGES, WeirMaps.ENDPOINTS);

    /// One of them counts the other's entries: either both are shared or none.
    private static final Set<String> TOGETHER = Set.of(WeirMaps.FLOWS, WeirMaps.ACCOUNTS);

    private final PinPaths pins;
    private final PinPaths next;
    private final Build build;
    private final int from;
    private final Map<String, OlderMap> changed = new TreeMap<>();
    private @Nullable OlderFlows flows;
    private boolean departed;

    private Migration(PinPaths pins, Build build, int from, boolean departed) {
        this.pins = pins;
        this.next = pins.next();
        this.build = build;
        this.from = from;
        this.departed = departed;
    }

    /// Looks at what is pinned, ends or removes what an agent that died has left half-done, and where the
    /// maps are of an older layout, begins.
    ///
    /// @return empty when the maps of `pins` can be used as they are, or there are none
    /// @throws WrongLayoutException when no way leads from what is pinned to this layout; nothing has changed
    public static Optional<Migration> begin(PinPaths pins, Build build) {
        PinPaths next = pins.next();
        int found = layout(pins);
        int coming = layout(next);
        if (Math.max(found, coming) > build.layout()) {
            throw WrongLayoutException.newer(pins, Math.max(found, coming), build.layout());
        }
        if (coming == 0) {
            remove(next.maps());
        } else if (!pins.exist()) {
            replace(pins);
            found = coming;
        } else if (coming < build.layout()) {
            throw WrongLayoutException.unfinished(pins, found, coming, build.layout());
        }
        if (found == 0 || found == build.layout()) {
            return Optional.empty();
        }
        Migration migration = new Migration(pins, build, found, coming == build.layout());
        try {
            migration.prepare();
            return Optional.of(migration);
        } catch (RuntimeException e) {
            migration.close();
            throw e;
        }
    }

    /// 0 where there is nothing, or nothing whole.
    private static int layout(PinPaths pins) {
        return pins.exist() ? WeirMaps.layout(pins) : 0;
    }

    /// Where the new maps are.
    public PinPaths pins() {
        return next;
    }

    private void prepare() {
        if (!departed) {
            make();
        }
        for (String name : WeirMaps.NAMES) {
            if (Files.exists(pins.map(name))) {
                OlderMap map = OlderMap.of(name, pins.map(name), next.map(name));
                if (APART.contains(name) || !isShared(map)) {
                    changed.put(name, map);
                }
            }
        }
        if (!departed) {
            changed.values().stream()
                    .filter(map ->
                            !map.name().equals(WeirMaps.FLOWS) && !map.name().equals(WeirMaps.IMAGES))
                    .forEach(OlderMap::copy);
        }
        OlderMap table = changed.get(WeirMaps.FLOWS);
        if (table != null) {
            flows = OlderFlows.open(table, next, build.objects().apply("flows"));
            flows.takeNew();
        }
        Log.info("the maps under %s have layout %d; %s of them change in layout %d and are filled anew"
                .formatted(pins.root(), from, changed.keySet(), build.layout()));
    }

    /// Makes the new maps, and puts old ones that need no change in their places.
    private void make() {
        try {
            Files.createDirectories(next.maps());
            try (BpfObject object =
                    BpfObject.open("tcx", build.objects().apply("tcx")).mapsOnly()) {
                WeirMaps.NAMES.forEach(map -> object.pinnedAt(map, next.map(map)));
                object.load();
            }
            List<OlderMap> same = new ArrayList<>();
            for (String name : WeirMaps.NAMES) {
                if (!APART.contains(name) && Files.exists(pins.map(name))) {
                    same.add(OlderMap.of(name, pins.map(name), next.map(name)));
                }
            }
            same.removeIf(map -> !map.isSame());
            long together =
                    same.stream().filter(map -> TOGETHER.contains(map.name())).count();
            for (OlderMap map : same) {
                if (together == TOGETHER.size() || !TOGETHER.contains(map.name())) {
                    Files.delete(map.newer());
                    Files.createLink(map.newer(), map.older());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("make the maps of layout " + build.layout() + " in " + next.maps(), e);
        }
    }

    /// Whether both pins are of one map.
    private static boolean isShared(OlderMap map) {
        try {
            return Files.isSameFile(map.older(), map.newer());
        } catch (IOException e) {
            throw new UncheckedIOException("compare " + map.older() + " with " + map.newer(), e);
        }
    }

    /// The new maps hold what is to be enforced, and the first link is about to get programs that use them. Again is
    /// nothing.
    public void depart() {
        if (departed) {
            return;
        }
        if (flows != null) {
            flows.takeNew();
        }
        try (MappedArray state = MappedArray.openPinned(next.map(WeirMaps.STATE))) {
            state.setInt(State.VERSION, build.layout());
        }
        departed = true;
    }

    /// Adds what the old programs have counted and removes the old maps; the new ones take their paths.
    ///
    /// @param quiescence returns when no old program runs any more
    public void arrive(Runnable quiescence) {
        long opened = flows == null ? 0 : flows.takeNew(); // before the wait: answers may be on their way
        quiescence.run();
        opened += flows == null ? 0 : flows.takeRest();
        changed.values().forEach(map -> map.moveSums(build.objects().apply("sums")));
        replace(pins);
        Log.info("the maps under %s have layout %d now; %d flows were opened while the programs changed"
                .formatted(pins.root(), build.layout(), opened));
    }

    /// Removes the old maps, the one that tells their layout first, and renames the new ones.
    private static void replace(PinPaths pins) {
        try {
            Files.deleteIfExists(pins.map(WeirMaps.STATE));
            remove(pins.maps());
            Files.move(pins.next().maps(), pins.maps(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "put the maps of " + pins.next().maps() + " in the place of the old ones", e);
        }
    }

    private static void remove(Path directory) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> pins = Files.list(directory)) {
            for (Path pin : pins.toList()) {
                Files.delete(pin);
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("remove the maps pinned in " + directory, e);
        }
    }

    /// Lets go of all handles; new maps that nobody judges by are removed.
    @Override
    public void close() {
        if (flows != null) {
            flows.close();
        }
        if (!departed) {
            remove(next.maps());
        }
    }
}
