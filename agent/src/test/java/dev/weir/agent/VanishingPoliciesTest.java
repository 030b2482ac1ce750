// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.StatusView;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A policy directory that goes, in whatever way, opens nothing: the last good generation stays, status says what is
/// wrong, and what is there when it returns is taken up.
class VanishingPoliciesTest extends HostTest {
    private static final String BLUE = "10.10.0.3";

    private ServerSocket web;
    private ServerSocket admin;

    @BeforeEach
    void build() {
        redAndBlue();
        web = Probe.echo("blue", BLUE, 80);
        admin = Probe.echo("blue", BLUE, 81);
    }

    @AfterEach
    void stop() throws IOException {
        web.close();
        admin.close();
    }

    /// In one go, so that nobody reads the half of it.
    private static void write(Path directory, String service) throws IOException {
        Path draft = Files.writeString(directory.resolve(".draft"), """
                applies-to: {namespaces: [blue]}
                ingress:
                  default: deny
                  rules:
                    - {allow: %s, from: "namespace:red"}
                """.formatted(service));
        Files.move(draft, directory.resolve("web.yaml"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static boolean reaches(int port) {
        return Probe.attempt("red", BLUE, port, SILENCE_MILLIS) == Probe.Outcome.CONNECTED;
    }

    private static void assertOpen(int port) {
        assertTrue(reaches(port), "tcp/" + port + " is open");
        assertFalse(reaches(161 - port), "tcp/" + (161 - port) + " is closed");
    }

    /// Nothing changes but what status says.
    private void assertStale(LocalAgent agent, String why) {
        Await.until(
                "status tells: " + why,
                agent::report,
                () -> agent.view().policies().errors().stream()
                        .anyMatch(error -> error.message().contains(why)));
        assertEquals(StatusView.State.ENFORCING_OLDER, agent.view().status().state());
        assertEquals(1, agent.view().status().generation());
        assertOpen(80);
    }

    private static void assertTakenUp(LocalAgent agent) {
        agent.awaitReload();
        assertEquals(StatusView.State.ENFORCING, agent.view().status().state());
        assertEquals(2, agent.view().status().generation());
        assertOpen(81);
    }

    @Test
    void renamedAwayAndBack() throws IOException {
        write(policies, "tcp/80");
        try (LocalAgent agent = LocalAgent.start(config())) {
            Path away = home.resolve("away");
            Files.move(policies, away);
            assertStale(agent, "it does not exist");
            write(away, "tcp/81");
            assertOpen(80);
            Files.move(away, policies);
            assertTakenUp(agent);
        }
    }

    @Test
    void replacedByAnEmptyOneAndFilled() throws IOException {
        write(policies, "tcp/80");
        try (LocalAgent agent = LocalAgent.start(config())) {
            Files.move(policies, home.resolve("away"));
            Files.createDirectory(policies);
            assertStale(agent, "another, empty directory");
            write(policies, "tcp/81");
            assertTakenUp(agent);
        }
    }

    @Test
    void unmountedAndMountedAgain() throws IOException {
        Path disk = Files.createDirectory(home.resolve("disk"));
        write(disk, "tcp/80");
        Shell.run("mount --bind %s %s".formatted(disk, policies));
        try (LocalAgent agent = LocalAgent.start(config())) {
            Mounts.unmount(policies);
            assertStale(agent, "another, empty directory");
            write(disk, "tcp/81");
            assertOpen(80);
            Shell.run("mount --bind %s %s".formatted(disk, policies));
            assertTakenUp(agent);
            write(policies, "tcp/80");
            agent.awaitReload();
            assertOpen(80);
        } finally {
            Mounts.unmount(policies);
        }
    }

    @Test
    void itsFileSystemIsDestroyed() throws IOException {
        Shell.run("mount -t tmpfs tmpfs " + policies);
        write(policies, "tcp/80");
        try (LocalAgent agent = LocalAgent.start(config())) {
            Mounts.unmount(policies);
            assertStale(agent, "another, empty directory");
            Shell.run("mount -t tmpfs tmpfs " + policies);
            assertStale(agent, "another, empty directory");
            write(policies, "tcp/81");
            assertTakenUp(agent);
        } finally {
            Mounts.unmount(policies);
        }
    }

    @Test
    void fileSystemMountedOverIt() throws IOException {
        write(policies, "tcp/80");
        try (LocalAgent agent = LocalAgent.start(config())) {
            Shell.run("mount -t tmpfs tmpfs " + policies);
            try {
                assertStale(agent, "another, empty directory");
                write(policies, "tcp/81");
                assertTakenUp(agent);
            } finally {
                Mounts.unmount(policies);
            }
            agent.awaitReload();
            assertOpen(80);
        }
    }
}
