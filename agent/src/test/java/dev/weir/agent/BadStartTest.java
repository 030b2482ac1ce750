// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A start that cannot succeed says why, has the right exit code, and changes nothing.
class BadStartTest extends HostTest {
    private static final String ANY_PORT = "127.0.0.1:0";
    private static final List<String> DIRECTLY = List.of();

    private AgentProcess.Ended start(List<String> by, Path policies, Path bpffs, String listen) {
        return AgentProcess.run(
                by, "run", "--policies", policies.toString(), "--bpffs", bpffs.toString(), "--listen", listen);
    }

    private void assertRefused(int status, String why, AgentProcess.Ended ended) {
        assertEquals(status, ended.status(), ended.output());
        assertTrue(ended.output().contains(why), ended.output());
        assertFalse(Files.exists(pins.root()), "nothing is pinned");
    }

    @Test
    void faultyPolicyIsShownWithItsPlace() {
        save("bad.yaml", "applies-to: {namespaces: [blue]}\ningress:\n  defualt: deny\n");
        assertRefused(2, policies.resolve("bad.yaml") + ":3:3: ", start(DIRECTLY, policies, pins.root(), ANY_PORT));
    }

    @Test
    void missingPolicyDirectoryIsAnError() {
        Path absent = home.resolve("absent");
        assertRefused(2, absent.toString(), start(DIRECTLY, absent, pins.root(), ANY_PORT));
    }

    @Test
    void portInUseIsTold() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String listen = "127.0.0.1:" + taken.getLocalPort();
            assertRefused(1, listen, start(DIRECTLY, policies, pins.root(), listen));
        }
    }

    @Test
    void addressThatOthersReachIsRefused() {
        assertRefused(2, "needs TLS and a token", start(DIRECTLY, policies, pins.root(), "0.0.0.0:9876"));
    }

    @Test
    void placeThatTakesNoPinsIsToldWithTheCommandThatMendsIt() {
        assertRefused(3, "mount -t bpf bpf /sys/fs/bpf", start(DIRECTLY, policies, home.resolve("bpf"), ANY_PORT));
        assertFalse(Files.exists(home.resolve("bpf")));
    }

    @Test
    void missingBpfFileSystemIsToldWithTheCommandThatMendsIt() {
        List<String> without = List.of("unshare", "--mount", "sh", "-c", "umount /sys/fs/bpf && exec \"$0\" \"$@\"");
        assertRefused(3, "mount -t bpf bpf /sys/fs/bpf", start(without, policies, pins.root(), ANY_PORT));
    }

    @Test
    void missingCapabilitiesAreTold() {
        List<String> without = List.of("setpriv", "--bounding-set", "-all", "--inh-caps", "-all");
        assertRefused(3, "CAP_BPF", start(without, policies, pins.root(), ANY_PORT));
    }

    @Test
    void missingCapabilityForDevicesIsTold() {
        List<String> without =
                List.of("setpriv", "--bounding-set", "-net_admin,-sys_admin", "--inh-caps", "-net_admin,-sys_admin");
        redAndBlue();
        assertRefused(3, "CAP_NET_ADMIN", start(without, policies, pins.root(), ANY_PORT));
    }

    @Test
    void configurationWithAnErrorIsShownWithItsPlace() throws IOException {
        Path file = Files.writeString(home.resolve("weir.yaml"), "policies: /run\nlisten: 192.0.2.1:80\n");
        assertRefused(2, file + ":2:9: ", AgentProcess.run("run", "--config", file.toString()));
    }

    @Test
    void pinsOfAnotherLayoutAreLeftAloneAndTold() {
        LocalAgent.start(config()).close();
        try (var maps = dev.weir.agent.pins.WeirMaps.openPinned(pins)) {
            maps.state().setInt(dev.weir.abi.State.VERSION, 999);
        }
        AgentProcess.Ended ended = start(DIRECTLY, policies, pins.root(), ANY_PORT);
        assertEquals(1, ended.status(), ended.output());
        assertTrue(ended.output().contains("layout 999"), ended.output());
        assertTrue(pins.exist());
    }

    @Test
    void foreignThingsAmongThePinsAreTold() {
        Shell.run("mkdir -p " + pins.maps());
        Shell.run("bpftool map create " + pins.map("weir_state") + " type array key 4 value 4 entries 1 name other");
        AgentProcess.Ended ended = start(DIRECTLY, policies, pins.root(), ANY_PORT);
        assertEquals(1, ended.status(), ended.output());
        assertTrue(ended.output().contains("made by another version of Weir or by something else"), ended.output());
        assertTrue(pins.exist());
    }
}
