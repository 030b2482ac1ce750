// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.BpfObjects;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Settings;
import dev.weir.abi.Verdict;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Each pitfall of programs, pins and rights is made on purpose, found, and mended by the command that is printed.
class DoctorProgramsTest extends DoctorRig {
    private static BpfObject sample() {
        try (InputStream in = Objects.requireNonNull(BpfObject.class.getResourceAsStream("sample.bpf.o"))) {
            BpfObject object = BpfObject.open("foreign", in.readAllBytes());
            object.load();
            return object;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// An agent that has come and gone: what it pinned is in force.
    private void enforceAndEnd() {
        LocalAgent.start(config()).close();
        assertEquals(List.of(), findings(), "what is pinned goes on");
    }

    @Test
    void xdpOnAVethByALink() {
        try (BpfObject object = sample();
                BpfProgram pass = object.program("xdp_pass");
                DeviceLink link = DeviceLink.attach(pass, ifindex("veth-red"), DeviceHook.XDP)) {
            assertEquals(
                    "bpftool link detach id " + link.info().linkId(),
                    foundAndMended(Pitfall.XDP_ON_VETH).mend());
        }
    }

    @Test
    void xdpOnAVethWithoutALink() throws IOException {
        Path pin = Path.of("/sys/fs/bpf/doctor_xdp");
        try (BpfObject object = sample();
                BpfProgram pass = object.program("xdp_pass")) {
            pass.pin(pin);
            Shell.run("ip link set dev veth-red xdp pinned " + pin);
            foundAndMended(Pitfall.XDP_ON_VETH);
        } finally {
            Files.deleteIfExists(pin);
        }
    }

    @Test
    void xdpOfWeirOnVeths() throws IOException {
        Path config = config("hook: xdp\n");
        start("weir run --config " + config);
        awaitAgent();
        List<Finding> findings = findings();
        assertEquals(4, findings.size());
        assertTrue(findings.stream().allMatch(each -> each.pitfall() == Pitfall.XDP_ON_VETH), findings::toString);
        foundAndMendedByAgent(Pitfall.XDP_ON_VETH);
    }

    @Test
    void foreignProgramInFront() {
        try (BpfObject object = sample();
                BpfProgram take = object.program("take")) {
            enforceAndEnd();
            try (DeviceLink behind = DeviceLink.attach(take, ifindex("veth-blue"), DeviceHook.TCX_INGRESS)) {
                assertEquals(
                        "device veth-blue",
                        foundAndMended(Pitfall.FOREIGN_PROGRAM).where());
                assertEquals(0, behind.info().ifindex());
            }
        }
    }

    @Test
    void foreignProgramBehindIsNoPitfall() {
        try (BpfObject object = sample();
                BpfProgram take = object.program("take");
                DeviceLink behind = DeviceLink.attach(take, ifindex("veth-blue"), DeviceHook.TCX_INGRESS)) {
            enforceAndEnd();
            assertEquals(ifindex("veth-blue"), behind.info().ifindex());
        }
    }

    @Test
    void programOfWeirThatIsThereTwice() {
        enforceAndEnd();
        BpfObject object = BpfObject.open("tcx", BpfObjects.bytes("tcx"));
        WeirMaps.NAMES.forEach(map -> object.pinnedAt(map, pins.map(map)));
        object.constants(Settings.CODEC, Settings.of(0, Verdict.ALLOW)).load();
        try (object;
                BpfProgram program = object.program("weir_tcx_eg");
                DeviceLink second = DeviceLink.attach(program, ifindex("veth-blue"), DeviceHook.TCX_EGRESS)) {
            foundAndMended(Pitfall.DUPLICATE_PROGRAM);
            assertEquals(0, second.info().ifindex());
        }
    }

    @Test
    void anotherWeir() {
        Path elsewhere = Path.of("/sys/fs/bpf/elsewhere");
        LocalAgent.start(config().withBpffs(elsewhere)).close();
        try {
            LocalAgent.start(config()).close();
            List<Finding> findings = findings();
            assertEquals(8, findings.size(), "both hooks of four devices");
            assertEquals("weir detach --bpffs " + elsewhere, findings.getFirst().mend());
            mend(findings.getFirst().mend());
            assertEquals(List.of(), findings());
        } finally {
            Detach.all(elsewhere);
        }
    }

    @Test
    void deviceThatCameWhileNoAgentRan() {
        enforceAndEnd();
        lab.onBridge("br0", "late", "10.10.0.4/24", "10.10.0.1");
        assertEquals("device veth-late", only(Pitfall.MISSING_PROGRAM).where());
        foundAndMendedByAgent(Pitfall.MISSING_PROGRAM);
    }

    @Test
    void directionThatLostItsLinkWhileNoAgentRan() {
        enforceAndEnd();
        try (DeviceLink link =
                DeviceLink.openPinned(pins.link(DeviceHook.TCX_EGRESS, DeviceKey.onHost(ifindex("veth-red"))))) {
            link.detach();
        }
        assertContains("one of its directions", only(Pitfall.MISSING_PROGRAM).what());
        foundAndMendedByAgent(Pitfall.MISSING_PROGRAM);
    }

    @Test
    void policiesThatNobodyEnforces() {
        save("red.yaml", "applies-to: {namespaces: [red]}\negress: {default: deny}\n");
        assertEquals("host", only(Pitfall.MISSING_PROGRAM).where());
        foundAndMendedByAgent(Pitfall.MISSING_PROGRAM);
    }

    @Test
    void bpffsThatIsNotMounted() {
        Shell.run("umount /sys/fs/bpf");
        assertEquals(
                "mount -t bpf bpf /sys/fs/bpf", foundAndMended(Pitfall.NO_BPFFS).mend());
    }

    @Test
    void capabilitiesThatAreMissing() throws Exception {
        String doctor = "weir doctor --config " + home.resolve("weir.yaml");
        Process process = start("exec setpriv --bounding-set=-net_admin,-sys_admin " + doctor);
        assertEquals(3, process.waitFor());
        String said = Files.readString(home.resolve("shell.log"));
        assertContains("error: host: no-capabilities", said);
        assertContains("CAP_NET_ADMIN, CAP_SYS_ADMIN", said);
        assertContains("mend  sudo weir doctor", said);
        assertContains("nothing is wrong", mend("sudo weir doctor --config " + home.resolve("weir.yaml")));
    }

    /// The kernel of the tests has TCX, so the calls that ask for it are made to fail as those of older ones do.
    @Test
    void kernelWithoutTcx() throws Exception {
        String doctor = "weir doctor --config " + home.resolve("weir.yaml");
        Process process = start(
                "exec strace -f --seccomp-bpf -qqq -o /dev/null -e trace=bpf -e inject=bpf:error=EINVAL " + doctor);
        assertEquals(1, process.waitFor());
        String said = Files.readString(home.resolve("shell.log"));
        assertContains("error: host: no-tcx", said);
        assertContains("linux-image", said);
        assertContains("nothing is wrong", mend(doctor));
    }
}
