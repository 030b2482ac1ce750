// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.pins.Links;
import dev.weir.agent.pins.PinPaths;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import dev.weir.bpf.TcxAttachment;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The links that an agent has left pinned, and the programs of that agent and of the one before it.
final class LinkUpdates implements AutoCloseable {
    private static final PinPaths PINS = new PinPaths(Path.of("/sys/fs/bpf/weir"));

    private final Programs before;
    private final Programs after;
    private final List<Held> links;

    private record Held(DeviceLink link, DeviceHook hook) {}

    /// The programs of an agent, which stay in the kernel until this is closed.
    record Programs(Map<DeviceHook, BpfProgram> byHook) implements AutoCloseable {
        /// Those that are on a device now.
        static Programs of(String device) {
            Map<DeviceHook, BpfProgram> programs = new EnumMap<>(DeviceHook.class);
            for (DeviceHook hook : List.of(DeviceHook.TCX_INGRESS, DeviceHook.TCX_EGRESS)) {
                List<TcxAttachment> chain =
                        TcxAttachment.chain(Crowd.ifindex(device), hook).orElseThrow();
                programs.put(
                        hook, BpfProgram.openById(chain.getFirst().programId()).orElseThrow());
            }
            return new Programs(programs);
        }

        private BpfProgram on(DeviceHook hook) {
            BpfProgram program = byHook.get(hook);
            if (program == null) {
                throw new IllegalStateException("no program was found on " + hook);
            }
            return program;
        }

        @Override
        public void close() {
            byHook.values().forEach(BpfProgram::close);
        }
    }

    /// @param before of the agent before the last
    /// @param after of the last, in all links now; both are this object's from now on
    /// @throws IllegalStateException when they are the same: the kernel does nothing about such an update
    LinkUpdates(Programs before, Programs after) {
        this.before = before;
        this.after = after;
        links = new Links(PINS)
                .list().stream()
                        .map(pin -> new Held(DeviceLink.openPinned(pin.path()), pin.hook()))
                        .toList();
        before.byHook().forEach((hook, program) -> {
            if (program.info().id() == after.on(hook).info().id()) {
                throw new IllegalStateException("the agent left " + program + " where it was");
            }
        });
    }

    int count() {
        return links.size();
    }

    /// How long it takes to put other programs into all links, in milliseconds; those of the last agent are in them at
    /// the end.
    ///
    /// @param rounds there and back
    double[] millis(int rounds) {
        double[] millis = new double[2 * rounds];
        for (int i = 0; i < millis.length; i++) {
            Programs programs = i % 2 == 0 ? before : after;
            long start = System.nanoTime();
            for (Held held : links) {
                held.link().update(programs.on(held.hook()));
            }
            millis[i] = (System.nanoTime() - start) / 1e6;
            Held last = links.getLast();
            if (last.link().info().programId()
                    != programs.on(last.hook()).info().id()) {
                throw new IllegalStateException("%s was not updated".formatted(last.link()));
            }
        }
        return millis;
    }

    @Override
    public void close() {
        links.forEach(held -> held.link().close());
        before.close();
        after.close();
    }
}
