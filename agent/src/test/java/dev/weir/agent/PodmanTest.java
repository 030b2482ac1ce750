// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.NamespaceView;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Containers of Podman, from a root file system made here, are enforced under their own names.
class PodmanTest extends HostTest {
    private static final String BLUE = "10.10.0.3";

    /// What Podman keeps on disk.
    private static final List<Path> STATE = List.of(Path.of("/var/lib/containers"), Path.of("/var/lib/cni"));

    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    @BeforeEach
    void build() throws IOException {
        for (Path path : STATE) {
            Files.createDirectories(path);
            Shell.run("mount -t tmpfs tmpfs " + path);
        }
        Path bin = Files.createDirectories(home.resolve("root/bin"));
        Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
        redAndBlue().forwarding();
        save("web.yaml", """
                applies-to: {namespaces: [web]}
                egress: {default: deny, rules: [{name: web, allow: tcp/80, to: "namespace:blue"}]}
                """);
    }

    @AfterEach
    void remove() throws IOException {
        podman("rm", "--force", "--all", "--time", "0");
        for (Path path : STATE.reversed()) {
            Shell.run("umount --recursive " + path);
        }
        Shell.attempt(List.of("ip", "link", "del", "cni-podman0"));
        try (Stream<Path> hierarchies = Files.list(CGROUPS)) {
            Stream.concat(Stream.of(CGROUPS), hierarchies)
                    .map(hierarchy -> hierarchy.resolve("libpod_parent"))
                    .filter(Files::exists)
                    .forEach(left -> Shell.attempt(List.of("rmdir", left.toString())));
        }
    }

    private static String podman(String... arguments) {
        List<String> command = new ArrayList<>(
                List.of("podman", "--runtime=runc", "--storage-driver=vfs", "--cgroup-manager=cgroupfs"));
        command.add("--events-backend=none");
        command.addAll(List.of(arguments));
        Shell.Result result = Shell.attempt(command);
        assertEquals(0, result.status(), result::output);
        return result.output().strip();
    }

    private void start(String name) {
        podman(
                "run",
                "--detach",
                "--name",
                name,
                "--rootfs",
                home.resolve("root").toString(),
                "/bin/busybox",
                "sleep",
                "120");
    }

    private static boolean connects(String container, int port) {
        String pid = podman("inspect", "--format", "{{.State.Pid}}", container);
        return Hideout.connects(Long.parseLong(pid), BLUE, port);
    }

    @Test
    void containerIsEnforcedUnderItsName() throws IOException {
        try (ServerSocket web = Probe.echo("blue", BLUE, 80);
                ServerSocket shut = Probe.echo("blue", BLUE, 81);
                LocalAgent agent = LocalAgent.start(config())) {
            start("web");
            Await.until(
                    "its name is known and its address",
                    agent::report,
                    () -> agent.namespace("web")
                            .filter(namespace -> !namespace.addresses().isEmpty())
                            .isPresent());
            assertTrue(connects("web", 80));
            assertFalse(connects("web", 81));
            assertTrue(agent.drops("web", EGRESS, DropReason.POLICY) > 0);
            assertEquals(1, agent.flows("web", "tcp/80").size());
            NamespaceView shown = agent.namespace("web").orElseThrow();
            assertEquals(NamespaceView.Kind.CONTAINER, shown.kind());
            assertEquals(0, shown.owner());
            Shell.run("ip address add 192.0.2.1/32 dev br0"); // so that it looks again, now that nobody visits
            Await.until(
                    "its one process is counted",
                    agent::report,
                    () -> agent.namespace("web")
                            .filter(namespace -> namespace.processes() == 1)
                            .isPresent());
            podman("rm", "--force", "--time", "0", "web");
            Await.until("it is forgotten", () -> agent.namespace("web").isEmpty());
        }
    }

    @Test
    void containerThatRunsAlreadyIsEnforcedByAStart() throws IOException {
        start("web");
        try (ServerSocket shut = Probe.echo("blue", BLUE, 81);
                LocalAgent agent = LocalAgent.start(config())) {
            assertTrue(agent.namespace("web").isPresent());
            assertFalse(connects("web", 81));
        }
    }
}
