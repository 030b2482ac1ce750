// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// One agent for each place of pins, whatever it is called and whenever the others come.
class TwoAgentsTest extends FaultTest {
    private static final String REFUSAL = "another agent runs on ";

    private AgentProcess starting(Path bpffs) {
        return AgentProcess.starting(List.of(), "--policies", policies.toString(), "--bpffs", bpffs.toString());
    }

    private void assertRefused(Path bpffs) {
        List<Integer> links = linksOf("veth-blue");
        try (AgentProcess second = starting(bpffs)) {
            AgentProcess.Ended ended = second.awaitEnd();
            assertEquals(1, ended.status(), ended.output());
            assertTrue(ended.output().contains(REFUSAL + bpffs), ended.output());
        }
        assertEquals(links, linksOf("veth-blue"));
        assertOpen(80);
    }

    @Test
    void secondIsRefusedByWhateverPathItComes() throws IOException {
        try (AgentProcess first = agent()) {
            assertRefused(pins.root());
            assertRefused(Files.createSymbolicLink(home.resolve("link"), pins.root()));
            Path mount = Files.createDirectory(home.resolve("mount"));
            Shell.run("mount --bind /sys/fs/bpf " + mount);
            try {
                assertRefused(mount.resolve(pins.root().getFileName()));
            } finally {
                Shell.run("umount " + mount);
            }
            open(81);
            Await.until("the first goes on", () -> generation() == 2);
            assertOpen(81);
            first.kill();
        }
    }

    @Test
    void ofSeveralThatStartAtOnceOneEnforces() {
        List<AgentProcess> agents = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            agents.add(starting(pins.root()));
        }
        List<AgentProcess> winners =
                agents.stream().filter(AgentProcess::enforces).toList();
        assertEquals(1, winners.size(), "agents that enforce");
        agents.removeAll(winners);
        for (AgentProcess agent : agents) {
            AgentProcess.Ended ended = agent.awaitEnd();
            assertTrue(ended.status() == 1 && ended.output().contains(REFUSAL), ended::output);
        }
        assertOpen(80);
        assertEquals(1, generation());
        linksOf("veth-red");
        linksOf("veth-blue");
        winners.getFirst().kill();
    }
}
