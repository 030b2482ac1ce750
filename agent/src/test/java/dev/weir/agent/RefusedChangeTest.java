// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.State;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.pins.WeirMaps;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The kernel refuses calls of an agent that runs: what was enforced goes on as a whole, the agent says what failed,
/// and does it as soon as it can.
class RefusedChangeTest extends FaultTest {
    private AgentProcess agent;

    @BeforeEach
    void start() {
        agent = agent();
    }

    @AfterEach
    void kill() {
        agent.kill();
    }

    /// One generation is enforced as a whole, whichever it is: the next may come between two looks.
    private static void assertWhole(WeirMaps maps) {
        while (true) {
            long generation = generation(maps);
            boolean old = reaches(80);
            boolean changed = reaches(81);
            if (generation(maps) == generation) {
                assertEquals(generation == 1, old, "tcp/80 is open to generation 1");
                assertEquals(generation == 2, changed, "tcp/81 is open to generation 2");
                return;
            }
        }
    }

    private static long generation(WeirMaps maps) {
        State state = maps.readState();
        return state.generation(state.epoch()).number();
    }

    private String ask(String path) {
        try {
            return agent.get(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitGeneration(long wanted) {
        Await.until("generation " + wanted, () -> ask("/api/v1/status"), () -> generation() == wanted);
    }

    private void awaitError(String error) {
        Await.until(
                "status tells " + error,
                () -> ask("/api/v1/status"),
                () -> ask("/api/v1/status").contains(error));
    }

    private void awaitHealth() {
        Await.until(
                "it is ready",
                () -> ask("/api/v1/status"),
                () -> ask("/readyz").contains("\"state\":\"enforcing\"")
                        && ask("/api/v1/status").contains("\"lastError\":null"));
    }

    @Test
    void reloadThatIsRefusedOneCallComesTrue() {
        List<Strace.Call> calls = callsOfAReload();
        int port = 81;
        for (int i = 0; i < calls.size(); i++) {
            Strace.Call call = calls.get(i);
            Strace failing = Strace.failing(log, call.name(), call.number(), ERRORS.get(i % ERRORS.size()));
            port = 161 - port;
            try (Strace.Following following = failing.follow(agent.pid(), ENFORCER)) {
                open(port);
                awaitGeneration(3 + i);
                assertOpen(port);
            }
        }
        awaitHealth();
        System.out.printf("%d reloads that were refused a call came true%n", calls.size());
    }

    @Test
    void reloadThatIsRefusedEveryCallWaitsUntilItIsNot() {
        int port = 80;
        for (String error : ERRORS) {
            try (Strace.Following following =
                    Strace.failingFrom(log, "bpf", 1, error).follow(agent.pid(), ENFORCER)) {
                long before = generation();
                open(161 - port);
                awaitError(error);
                assertEquals(before, generation(), following::toString);
                assertOpen(port);
            }
            port = 161 - port;
            int now = port;
            Await.until("it is made up for", () -> ask("/api/v1/status"), () -> reaches(now));
            assertOpen(port);
            awaitHealth();
        }
    }

    @Test
    void deviceThatTheKernelRefusesIsToldAndEnforcedWhenItMay() {
        for (String error : ERRORS) {
            try (Strace.Following following =
                    Strace.failingFrom(log, "bpf", 1, error).follow(agent.pid(), ENFORCER)) {
                late();
                awaitError(error);
                assertEquals(List.of(), attachments("veth-late"), following::toString);
                assertOpen(80);
            }
            Await.until(
                    "it is enforced",
                    () -> ask("/api/v1/status"),
                    () -> attachments("veth-late").size() == 2);
            awaitHealth();
            Shell.run("ip netns del late");
            Await.until("it is gone", () -> device("veth-late").isEmpty());
        }
    }

    @Test
    void readOnlyFileSystemForPinsHoldsUpNewDevicesOnly() {
        WeirMaps maps = WeirMaps.openPinned(pins); // no pin of what is written can be opened later
        Shell.run("mount -o remount,ro /sys/fs/bpf");
        try (maps) {
            open(81);
            late();
            assertTrue(agent.readUntil("EROFS"), "the log tells why");
            assertWhole(maps);
        } finally {
            Shell.run("mount -o remount,rw /sys/fs/bpf");
        }
        awaitGeneration(2);
        awaitHealth();
        assertOpen(81);
        assertEquals(2, attachments("veth-late").size());
    }

    @Test
    void reloadInWhoseMidstTheAgentIsToldToEndIsWhole() {
        List<Strace.Call> calls = callsOfAReload();
        int port = 81;
        for (Strace.Call call : calls) {
            port = 161 - port;
            Strace slow = Strace.delaying(log, call.name(), call.number(), 1000).noting("openat");
            try (Strace.Following following = slow.follow(agent.pid(), ENFORCER)) {
                open(port);
                Await.until(
                        "it has read the policies and come to the call, which may be one of its looks every second",
                        following::toString,
                        () -> hasRead(slow) && countOf(call.name(), slow) >= call.number());
                int status = agent.terminate().status();
                assertTrue(status == 0 || status == 143, "status " + status);
            }
            assertOpen(port); // a turn that has begun is ended first
            agent = agent();
            assertOpen(port);
        }
    }

    @Test
    void reloadThatTakesTooLongToWaitForLeavesTheOldGenerationWhole() {
        Strace stuck = Strace.delaying(log, "bpf", 1, 30_000);
        try (Strace.Following following = stuck.follow(agent.pid(), ENFORCER)) {
            open(81);
            Await.until(
                    "it is held up", following::toString, () -> !stuck.calls().isEmpty());
            assertTrue(agent.terminate().output().contains("what it enforces stays in force"));
        }
        assertEquals(1, generation());
        assertOpen(80);
        agent = agent();
        assertOpen(81);
    }

    private static boolean hasRead(Strace strace) {
        return strace.calls().stream()
                .anyMatch(call -> call.name().equals("openat") && call.text().contains("web.yaml"));
    }

    private static long countOf(String name, Strace strace) {
        return strace.calls().stream().filter(call -> call.name().equals(name)).count();
    }

    private void late() {
        lab.routed("late", "10.30.0.2/24", "10.30.0.1/24");
    }

    private List<Strace.Call> callsOfAReload() {
        Strace strace = Strace.writing(log);
        try (Strace.Following following = strace.follow(agent.pid(), ENFORCER)) {
            open(81);
            awaitGeneration(2);
            assertFalse(strace.calls().isEmpty(), following::toString);
        }
        return some(strace.calls());
    }
}
