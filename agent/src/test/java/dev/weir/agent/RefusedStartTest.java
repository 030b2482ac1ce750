// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.weir.agent.lab.Shell;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The kernel refuses one call of a start: the agent enforces everything all the same, or it ends, says which error it
/// met, and leaves what it found.
class RefusedStartTest extends FaultTest {
    private List<Strace.Call> callsOfAStart() {
        Strace strace = Strace.writing(log);
        try (AgentProcess agent = starting(strace)) {
            assertTrue(agent.enforces());
            agent.kill();
        }
        List<Strace.Call> calls = strace.calls();
        return some(calls.stream().filter(call -> call.thread() == main(calls)).toList());
    }

    /// The thread that loads and attaches all.
    private static int main(List<Strace.Call> calls) {
        return calls.stream()
                .filter(call -> call.kind().equals("BPF_MAP_CREATE"))
                .findFirst()
                .orElseThrow()
                .thread();
    }

    /// Starts an agent that is refused a call. Returns whether it enforces; it is killed then.
    private boolean enforcesWithout(Strace.Call call, String error) {
        try (AgentProcess agent = starting(Strace.failing(log, call.name(), call.number(), error))) {
            if (agent.enforces()) {
                Await.until(
                        "both devices are enforced",
                        () -> attachments("veth-blue").size() == 2
                                && attachments("veth-red").size() == 2);
                assertOpen(80);
                agent.kill();
                return true;
            }
            AgentProcess.Ended ended = agent.awaitEnd();
            if ((ended.status() != 1 && ended.status() != 3) || !tellsWhy(ended.output(), call, error)) {
                fail("status " + ended.status() + ", " + error + " for " + call + ":\n" + ended.output());
            }
            return false;
        }
    }

    /// Where libbpf only asks what the kernel can, it takes any error for a no, and goes without.
    private static boolean tellsWhy(String output, Strace.Call call, String error) {
        return output.contains("weir: ")
                && (output.contains(error)
                        || (error.equals("EPERM") && output.contains("CAP_BPF"))
                        || List.of("BPF_BTF_LOAD", "BPF_PROG_LOAD").contains(call.kind())
                        || call.text().contains("map_name=\"libbpf_")); // the maps of src/features.c
    }

    @Test
    void onAHostWhereNothingWasEnforcedNothingIsLeft() {
        List<Strace.Call> calls = callsOfAStart();
        Detach.all(pins.root());
        int enforced = 0;
        for (int i = 0; i < calls.size(); i++) {
            if (enforcesWithout(calls.get(i), ERRORS.get(i % ERRORS.size()))) {
                enforced++;
                Detach.all(pins.root());
            }
            assertNothingEnforced();
        }
        System.out.printf("%d of %d fresh starts that were refused a call enforced all%n", enforced, calls.size());
    }

    @Test
    void whatAnEarlierAgentEnforcedGoesOn() {
        try (AgentProcess agent = agent()) {
            agent.kill();
        }
        List<Strace.Call> calls = callsOfAStart();
        List<Integer> links = linksOf("veth-blue");
        int enforced = 0;
        for (int i = 0; i < calls.size(); i++) {
            enforced += enforcesWithout(calls.get(i), ERRORS.get(i % ERRORS.size())) ? 1 : 0;
            assertOpen(80);
            assertTrue(links.equals(linksOf("veth-blue")), "the links are the same");
        }
        System.out.printf("%d of %d adopting starts that were refused a call enforced all%n", enforced, calls.size());
        try (AgentProcess agent = agent()) {
            open(81);
            Await.until("the next start follows the policies", () -> generation() == 2);
            assertOpen(81);
            agent.kill();
        }
    }

    @Test
    void noWatchOnThePoliciesIsAReasonNotToStart() {
        try (AgentProcess agent = starting(Strace.failing(log, "inotify_add_watch", 1, "ENOSPC"))) {
            AgentProcess.Ended ended = agent.awaitEnd();
            assertTrue(ended.status() == 1 && ended.output().contains("inotify"), ended::output);
        }
        assertNothingEnforced();
    }

    @Test
    void readOnlyFileSystemForPinsIsAReasonNotToStart() {
        Shell.run("mount -o remount,ro /sys/fs/bpf");
        try {
            AgentProcess.Ended ended = AgentProcess.run(
                    "run",
                    "--listen",
                    "127.0.0.1:0",
                    "--policies",
                    policies.toString(),
                    "--bpffs",
                    pins.root().toString());
            assertTrue(ended.status() == 1 && ended.output().contains("ead-only"), ended::output);
        } finally {
            Shell.run("mount -o remount,rw /sys/fs/bpf");
        }
        assertNothingEnforced();
    }
}
