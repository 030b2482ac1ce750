// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Topology;
import dev.weir.agent.cli.Wiring.Removal;
import dev.weir.agent.lab.Labs;
import dev.weir.agent.lab.Shell;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// `weir lab` on a host of its own: what is set up works without Weir, and what is taken down leaves nothing.
@Tag("kernel")
class LabsTest {
    private final Labs labs = new Labs();
    private final String untouched = HostTraces.now();

    @AfterEach
    void takeAllDown() throws CommandFailure {
        for (Topology topology : Topology.values()) {
            labs.down(topology);
        }
        assertEquals(untouched, HostTraces.now());
    }

    @ParameterizedTest
    @EnumSource
    void downLeavesTheHostAsItWas(Topology topology) throws CommandFailure {
        String before = HostTraces.now();
        labs.up(topology);
        assertFalse(HostTraces.now().equals(before));

        Removal removal = new Labs().down(topology);

        assertEquals(before, HostTraces.now());
        assertEquals(List.of(), removal.leftAlone());
        assertEquals(List.of(), removal.processes());
        assertEquals(List.of(), labs.down(topology).removed());
    }

    /// A person who pastes what `--show` prints gets what `up` makes; each prefix of it is what a set-up leaves
    /// that was cut off.
    @ParameterizedTest
    @EnumSource
    void setUpThatWasCutOffAnywhereIsTakenDown(Topology topology) throws CommandFailure {
        String before = HostTraces.now();
        List<String> commands = labs.commands(topology);
        for (int cut = commands.size(); cut > 0; cut -= 3) {
            commands.subList(0, cut).forEach(LabsTest::sh);
            Removal removal = labs.down(topology);
            // What was made by the very last command may not carry its mark yet.
            for (String unmarked : removal.leftAlone()) {
                assertTrue(commands.get(cut - 1).contains(" add " + unmarked.replaceFirst(".* ", "")), unmarked);
                sh("ip netns del %1$s || ip link del %1$s || true".formatted(unmarked.replaceFirst(".* ", "")));
            }
            Await.until(
                    "nothing is left", HostTraces::now, () -> HostTraces.now().equals(before));
        }
    }

    @Test
    void secondSetUpIsRefusedAndLeavesTheFirst() throws CommandFailure {
        labs.up(Topology.PAIR);
        String up = HostTraces.now();

        CommandFailure refusal = assertThrows(CommandFailure.class, () -> labs.up(Topology.BRIDGE));

        assertEquals(
                "set up the lab bridge: it needs names and addresses that are taken:"
                        + " namespace blue (`weir lab down pair` removes it), device veth-blue (`weir lab down pair` removes it),"
                        + " namespace world (`weir lab down pair` removes it), device veth-world (`weir lab down pair` removes it);"
                        + " nothing was changed",
                refusal.getMessage());
        assertEquals(up, HostTraces.now());
    }

    @Test
    void whatOthersMadeIsLeftAlone() throws CommandFailure {
        sh("ip netns add blue && ip link add br0 type bridge");
        String before = HostTraces.now();
        try {
            for (Topology topology : List.of(Topology.PAIR, Topology.BRIDGE)) {
                CommandFailure refusal = assertThrows(CommandFailure.class, () -> labs.up(topology));
                assertTrue(String.valueOf(refusal.getMessage()).contains("taken: "), refusal.getMessage());
            }
            assertEquals(
                    new Removal(List.of(), List.of("namespace blue", "device br0"), List.of()),
                    labs.down(Topology.BRIDGE));
            assertEquals(before, HostTraces.now());
        } finally {
            sh("ip netns del blue; ip link del br0");
        }
    }

    @Test
    void addressesOfTheHostAreLeftAlone() {
        sh("ip link add mine type bridge && ip address add 10.10.0.77/16 dev mine");
        String before = HostTraces.now();
        try {
            CommandFailure refusal = assertThrows(CommandFailure.class, () -> labs.up(Topology.PAIR));
            assertTrue(
                    String.valueOf(refusal.getMessage()).contains("10.10.0.0/24 (the host has 10.10.0.77/16)"),
                    refusal.getMessage());
            assertEquals(before, HostTraces.now());
        } finally {
            sh("ip link del mine");
        }
    }

    @Test
    void setUpThatFailsTakesBackWhatItMade() {
        String before = HostTraces.now();
        sh("mount --bind /bin/false /usr/sbin/nft");
        try {
            CommandFailure failure = assertThrows(CommandFailure.class, () -> labs.up(Topology.PAIR));
            assertEquals(ExitCode.FAILED, failure.exitCode());
            assertTrue(
                    String.valueOf(failure.getMessage())
                            .matches("set up the lab pair: `nft .*` failed: status 1;"
                                    + " what was made before is removed again"),
                    failure.getMessage());
        } finally {
            sh("umount /usr/sbin/nft");
        }
        assertEquals(before, HostTraces.now());
    }

    @Test
    void processesThatGoOnAreTold() throws Exception {
        labs.up(Topology.PAIR);
        Process sleeper = new ProcessBuilder("ip", "netns", "exec", "blue", "sleep", "60").start();
        try {
            Await.until(
                    "the process is in its namespace",
                    () -> Shell.run("ip netns pids blue").contains(String.valueOf(sleeper.pid())));
            assertEquals(
                    List.of("processes go on in what was namespace blue, which has no name any more: " + sleeper.pid()),
                    labs.down(Topology.PAIR).processes());
        } finally {
            sleeper.destroy();
        }
    }

    private static void sh(String line) {
        Shell.Result result = Shell.attempt(List.of("sh", "-c", line));
        assertEquals(0, result.status(), line + ": " + result.output());
    }
}
