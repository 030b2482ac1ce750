// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.DeviceKey.onHost;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.lab.Shell;
import dev.weir.bpf.DeviceHook;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// An agent that is killed before a system call, in each phase of its life, and then another is started. What was
/// enforced goes on by one whole generation, no packet is lost or let through meanwhile, the next agent takes over
/// everything, and nothing is counted less, attached twice or left behind. With `-Dweir.cuts=every` it is every call.
class KillTest extends KillRig {
    @Test
    void startOnAFreshHost() {
        cutLaunches(
                "start on a fresh host",
                run(),
                () -> {
                    if (Files.exists(pins.root())) {
                        Detach.all(pins.root());
                    }
                },
                this::adopt);
    }

    /// With policies that changed while no agent ran: those of before are enforced, or the new ones.
    @Test
    void startThatAdopts() {
        adopt();
        witness.begin();
        AtomicReference<Standing> before = new AtomicReference<>(standing());
        cutLaunches(
                "start that adopts",
                run(),
                () -> {
                    adopt(Witness.Generation.FIRST);
                    before.set(standing());
                    want(Witness.Generation.SECOND);
                },
                () -> {
                    assertHolds(before.get());
                    adopt();
                    assertHolds(before.get());
                });
    }

    /// What was cut half-way is taken up again by a start with other policies.
    @Test
    void detach() throws CommandFailure {
        cutLaunches(
                "detach",
                List.of("detach", "--bpffs", root()),
                () -> {
                    adopt(Witness.Generation.FIRST);
                    adopt(Witness.Generation.SECOND);
                },
                () -> {});
        adopt();
        Detach.run(pins.root());
        assertFalse(Files.exists(pins.root()));
    }

    @Test
    void reloadThatSelectsADevice() {
        cutWork("reload that selects a device", reload(Witness.Generation.SECOND, Witness.Generation.SECOND));
    }

    @Test
    void reloadThatIsTakenBackBeforeTheNextStart() {
        cutWork("reload that is taken back", reload(Witness.Generation.SECOND, Witness.Generation.FIRST));
    }

    @Test
    void reloadThatLetsADeviceGo() {
        want(Witness.Generation.SECOND);
        cutWork(
                "reload that lets a device go",
                reload(Witness.Generation.FIRST, Witness.Generation.FIRST, "BPF_MAP_UPDATE_ELEM", "unlink"));
    }

    /// The device goes some time after the switch, when a look for drift may have come in between: numbers of
    /// calls to BPF are chance there. Those that unlink pins are counted apart: the first comes when one of its
    /// two links has ended, the last when both have.
    private Work reload(Witness.Generation to, Witness.Generation meanwhile, String... kinds) {
        Runnable undo = () -> {
            want(to.other());
            Await.until("the other policies are in force again", this::isSettled);
        };
        return new Work(agent -> want(to), this::isSettled, () -> want(meanwhile), undo, List.of(kinds));
    }

    @Test
    void attachToANewDevice() {
        cutWork("attach to a new device", new Work(agent -> comes(), this::isEnforced, () -> {
            goes();
            Await.until("it is forgotten", () -> isForgotten());
        }));
    }

    @Test
    void endOfADevice() {
        comes();
        cutWork("end of a device", new Work(agent -> goes(), this::isForgotten, () -> {
            comes();
            Await.until("it is enforced again", () -> isEnforced());
        }));
    }

    private static void comes() {
        Shell.run("ip link add veth-late type veth peer name eth0 netns late");
    }

    private static void goes() {
        Shell.run("ip link del veth-late");
    }

    private boolean isEnforced() {
        return Files.exists(pins.link(DeviceHook.TCX_INGRESS, onHost(ifindex("veth-late"))))
                && Files.exists(pins.link(DeviceHook.TCX_EGRESS, onHost(ifindex("veth-late"))));
    }

    private boolean isForgotten() {
        return Standing.of(pins, List.of("late")).counts().isEmpty();
    }

    /// Looks for drift come between the runs that mark what is idle and those that delete it, so numbers of calls are
    /// chance: it is killed when so many runs were seen.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void expiryOfFlows(int runs) {
        AgentProcess agent = agent();
        try {
            witness.begin();
            Standing before = standing();
            Strace strace = Strace.writing(log);
            try (Strace.Following followed = strace.follow(agent.pid(), ENFORCER)) {
                Await.within(
                        PATIENCE,
                        "it expires flows",
                        () -> followed,
                        () -> strace.calls().stream()
                                        .filter(call -> call.kind().equals("BPF_PROG_TEST_RUN"))
                                        .count()
                                >= runs);
                agent.kill();
            }
            assertHolds(before);
            agent = agent();
            assertWhole();
            assertHolds(before);
        } finally {
            agent.kill();
        }
    }

    @Test
    void shutdown() {
        AtomicReference<AgentProcess> told = new AtomicReference<>();
        cutWork(
                "shut-down",
                new Work(
                        agent -> {
                            told.set(agent);
                            agent.tellToEnd();
                        },
                        () -> !told.get().isAlive(),
                        () -> {},
                        "close"));
    }
}
