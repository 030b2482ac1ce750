// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.DeviceKey.onHost;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.weir.abi.State;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.netns.World;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.probe.BpfFs;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// Kills an agent, or a command, before each system call that is chosen, and looks at what is left and what
/// the next one makes of it.
abstract class KillRig extends HostTest {
    private static final int KILLED = 128 + 9;
    static final String ENFORCER = "weir-enforcer";

    /// Two things that happen are seen in one turn of the agent or in two, and once a second it looks for drift, so
    /// that it does not always make the same calls: each attempt aims at where the one before showed the call.
    private static final int ATTEMPTS = 6;

    /// Idle flows go at the second look at them, and the agent looks every five seconds.
    static final Duration PATIENCE = Duration.ofSeconds(30);

    final Path log = home.resolve("calls");
    Witness witness;
    Witness.Generation wanted;

    @BeforeEach
    void build() {
        redBlueAndGreen();
        Await.until("all have the addresses that they give themselves, so that none moves later", () -> {
            World world = Observed.world();
            return Observed.hostAddresses(world).size() == 6
                    && world.namespaces().stream()
                            .allMatch(namespace -> namespace.addresses().size() == 2);
        });
        Shell.run("ip netns add late");
        witness = new Witness();
        want(Witness.Generation.FIRST);
    }

    @AfterEach
    void stop() {
        witness.close();
        Shell.attempt(List.of("ip", "link", "del", "veth-late")); // else it goes later, in the kernel's own time
        Shell.run("ip netns del late");
    }

    final void want(Witness.Generation generation) {
        wanted = generation;
        save("town.yaml", generation.policy());
    }

    Standing standing() {
        return Standing.of(pins, Witness.NAMESPACES);
    }

    /// Starts an agent and ends it.
    void adopt() {
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertWhole();
            assertEquals(List.of(), agent.report().world().problems());
        }
    }

    void adopt(Witness.Generation generation) {
        want(generation);
        adopt();
    }

    /// What an agent that has started makes of whatever it found.
    void assertWhole() {
        assertEquals(wanted, witness.generation());
        Set<String> devices = new TreeSet<>(List.of("veth-red", "veth-blue", "veth-green"));
        if (wanted == Witness.Generation.SECOND) {
            devices.add("br0");
        }
        if (device("veth-late").isPresent()) {
            devices.add("veth-late");
        }
        Set<Path> expected = new TreeSet<>();
        WeirMaps.NAMES.forEach(name -> expected.add(pins.map(name)));
        for (String device : devices) {
            expected.add(pins.links().resolve("in-" + ifindex(device)));
            expected.add(pins.links().resolve("eg-" + ifindex(device)));
        }
        Await.until(
                "these and no others are pinned: " + expected,
                () -> BpfFs.at(pins.root()).pins(),
                () -> expected.equals(new TreeSet<>(BpfFs.at(pins.root()).pins())));
        for (String device : List.of("veth-red", "veth-blue", "veth-green", "br0")) {
            Await.until(
                    "each hook of %s has one program, or none if it is not selected".formatted(device),
                    () -> attachments(device),
                    () -> attachments(device).size() == (devices.contains(device) ? 2 : 0));
        }
        Await.until("nothing of the policies before is left", this::isSettled);
        Standing.awaitFlowsAccounted(pins);
    }

    /// What an agent leaves when it is killed.
    void assertHolds(Standing before) {
        witness.generation();
        witness.saw();
        standing().isNotBehind(before);
    }

    /// Starts a command, and kills it before each call that is chosen.
    ///
    /// @param prepare before each run
    /// @param afterwards when it was killed
    void cutLaunches(String phase, List<String> command, Runnable prepare, Runnable afterwards) {
        prepare.run();
        Strace counting = Strace.writing(log);
        try (AgentProcess whole = launch(counting, command)) {
            whole.enforces();
        }
        Cuts cuts = Cuts.of(phase, counting.calls(), pins, List.of());
        for (Strace.Call call : cuts.chosen()) {
            prepare.run();
            Strace killing = Strace.killing(log, call.name(), call.number());
            try (AgentProcess cut = launch(killing, command)) {
                assertFalse(cut.enforces(), () -> "it is killed before " + call);
                assertEquals(KILLED, cut.awaitEnd().status(), () -> "it is killed before " + call);
            }
            cuts.count(killing.calls(), call);
            cuts.after(call, afterwards);
        }
        cuts.print();
    }

    static AgentProcess launch(Strace by, List<String> command) {
        return AgentProcess.launch(by.command(), command.toArray(String[]::new));
    }

    /// Something that a running agent does.
    ///
    /// @param cause makes the agent do it
    /// @param done whether it has done all of it
    /// @param meanwhile happens when no agent runs any more
    /// @param undo has the agent that runs then bring back what was before
    /// @param kinds of calls to be cut before; none: all
    record Work(
            Consumer<AgentProcess> cause, BooleanSupplier done, Runnable meanwhile, Runnable undo, List<String> kinds) {
        Work(Consumer<AgentProcess> cause, BooleanSupplier done, Runnable undo, String... kinds) {
            this(cause, done, () -> {}, undo, List.of(kinds));
        }

        /// Whether it is over within a second: shut-down ends the looks for drift.
        private boolean isShort() {
            return !kinds.contains("close");
        }
    }

    /// Kills an agent before each call that is chosen; the next agent takes over, and is the next to be killed.
    void cutWork(String phase, Work work) {
        AgentProcess agent = agent();
        try {
            assertWhole();
            witness.begin();
            Strace counting = Strace.writing(log, work.kinds().contains("close") ? "close" : "bpf");
            awaitLook(agent, work);
            try (Strace.Following followed = follow(counting, agent, work)) {
                work.cause().accept(agent);
                Await.within(PATIENCE, "it is done, followed by", () -> followed, work.done());
                agent.kill();
            }
            Cuts cuts = Cuts.of(phase, counting.calls(), pins, work.kinds());
            agent = agent();
            work.undo().run();
            for (Strace.Call call : cuts.chosen()) {
                Optional<Strace.Call> aim = Optional.of(call);
                for (int attempt = 0; aim.isPresent() && attempt < ATTEMPTS; attempt++) {
                    Standing before = standing();
                    Strace.Call next = aim.get();
                    kill(agent, cuts, next, work);
                    cuts.after(next, () -> assertHolds(before));
                    work.meanwhile().run();
                    agent = agent();
                    cuts.after(next, () -> {
                        assertWhole();
                        assertHolds(before);
                    });
                    work.undo().run();
                    List<Strace.Call> made = Strace.writing(log).calls();
                    aim = cuts.count(made, next) ? Optional.empty() : Optional.of(cuts.aim(made, next, call));
                }
            }
            cuts.print();
        } finally {
            agent.kill();
        }
    }

    void kill(AgentProcess victim, Cuts cuts, Strace.Call call, Work work) {
        awaitLook(victim, work);
        try (Strace.Following followed = follow(Strace.killing(log, call.name(), call.number()), victim, work)) {
            work.cause().accept(victim);
            cuts.after(
                    call,
                    () -> Await.within(
                            PATIENCE,
                            "it is killed, or has no such call, followed by",
                            () -> followed,
                            () -> !victim.isAlive() || work.done().getAsBoolean()));
            victim.kill();
        }
    }

    /// Work that is short is that of one thread.
    private static Strace.Following follow(Strace strace, AgentProcess agent, Work work) {
        return work.isShort() ? strace.follow(agent.pid(), ENFORCER) : strace.follow(agent.pid());
    }

    /// Returns when the agent has just looked for drift: it does not in the second that follows, so that calls are
    /// counted alike each time.
    private void awaitLook(AgentProcess agent, Work work) {
        if (!work.isShort()) {
            return;
        }
        Strace looking = Strace.writing(log);
        try (Strace.Following followed = looking.follow(agent.pid(), ENFORCER)) {
            Await.until(
                    "it looks for drift",
                    () -> followed,
                    () -> looking.calls().stream().anyMatch(call -> call.kind().equals("BPF_PROG_QUERY")));
        }
    }

    /// An agent under which flows are idle soon.
    AgentProcess agent() {
        try {
            return AgentProcess.enforcing(
                    Files.writeString(home.resolve("weir.yaml"), """
                    policies: %s
                    bpffs: %s
                    flows: {idle: {udp: 1s}}
                    """.formatted(policies, pins.root())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<String> run() {
        return List.of("run", "--listen", "127.0.0.1:0", "--policies", policies.toString(), "--bpffs", root());
    }

    String root() {
        return pins.root().toString();
    }

    /// Whether the policies are in force, and nothing of those before is left.
    boolean isSettled() {
        boolean selected = wanted == Witness.Generation.SECOND;
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            State state = maps.readState();
            return state.oldest() == state.epoch()
                    && state.generation(state.epoch()).hash().equals(hash())
                    && selected == Files.exists(pins.link(DeviceHook.TCX_INGRESS, onHost(ifindex("br0"))))
                    && selected == Files.exists(pins.link(DeviceHook.TCX_EGRESS, onHost(ifindex("br0"))))
                    && selected
                            == maps.readEndpoints().values().stream()
                                    .anyMatch(endpoint -> endpoint.device().equals("br0"));
        }
    }

    private String hash() {
        return assertInstanceOf(PolicyLoader.Loaded.class, PolicyDirectory.load(policies))
                .policies()
                .hash();
    }
}
