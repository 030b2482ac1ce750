// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What containers are called, by files as the engines write them.
class ContainersTest {
    private static final String WEB = "0123456789ab".repeat(5) + "cdef";
    private static final String OTHER = "fedcba987654".repeat(5) + "3210";

    @TempDir
    Path root;

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private Optional<String> nameIn(String cgroup) throws IOException {
        write("proc/7/cgroup", cgroup);
        return new Containers(root).nameOf(7);
    }

    private void docker(String id, String name) throws IOException {
        write("var/lib/docker/containers/%s/config.v2.json".formatted(id), """
                {"State": {"Running": true, "Pid": 7}, "ID": "%s", "Name": "%s", "Image": "sha256:0"}
                """.formatted(id, name));
    }

    private void podman(String file, String id, String name) throws IOException {
        write("var/lib/containers/storage/overlay-containers/" + file, """
                [{"id": "%s", "names": ["other"], "layer": "1"}, {"id": "%s", "names": ["%s"], "layer": "2"}]
                """.formatted(OTHER, id, name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0::/system.slice/docker-%s.scope",
                "0::/docker/%s",
                "9:memory:/docker/%s\n0::/",
                "0::/docker/%s/init.scope"
            })
    void dockersStateNamesIt(String cgroup) throws IOException {
        docker(WEB, "/web");
        assertEquals(Optional.of("web"), nameIn(cgroup.formatted(WEB)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0::/machine.slice/libpod-%s.scope",
                "0::/machine.slice/libpod-%s.scope/container",
                "0::/libpod_parent/libpod-%s",
                "0::/machine.slice/machine-libpod_pod_1.slice/libpod-%s.scope"
            })
    void podmansStateNamesIt(String cgroup) throws IOException {
        podman("containers.json", WEB, "web");
        assertEquals(Optional.of("web"), nameIn(cgroup.formatted(WEB)));
    }

    @Test
    void containerThatGoesWithTheHostIsInAFileOfItsOwn() throws IOException {
        podman("containers.json", "0", "not-this");
        podman("volatile-containers.json", WEB, "web");
        assertEquals(Optional.of("web"), nameIn("0::/machine.slice/libpod-%s.scope".formatted(WEB)));
    }

    @Test
    void withoutStateItIsCalledByItsId() throws IOException {
        assertEquals(Optional.of("0123456789ab"), nameIn("0::/docker/" + WEB));
        assertEquals(Optional.of("0123456789ab"), nameIn("0::/machine.slice/libpod-%s.scope".formatted(WEB)));
    }

    /// Whoever is root in a container can make any cgroup in that of the container.
    @Test
    void outermostContainerCounts() throws IOException {
        docker(WEB, "/web");
        docker(OTHER, "/other");
        assertEquals(Optional.of("web"), nameIn("0::/docker/%s/docker/%s".formatted(WEB, OTHER)));
        assertEquals(
                Optional.of("web"), nameIn("0::/system.slice/docker-%s.scope/docker-%s.scope".formatted(WEB, OTHER)));
    }

    /// A user may make any cgroup in his own slice.
    @Test
    void slicesOfUsersDoNotCount() throws IOException {
        docker(WEB, "/web");
        assertEquals(
                Optional.empty(),
                nameIn("0::/user.slice/user-1000.slice/user@1000.service/docker-%s.scope".formatted(WEB)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0::/",
                "0::/system.slice/ssh.service",
                "0::/docker",
                "0::/machine.slice/libpod-conmon-%s.scope",
                "0::/elsewhere/%s",
                "%s",
                ""
            })
    void othersAreInNoContainer(String cgroup) throws IOException {
        docker(WEB, "/web");
        podman("containers.json", WEB, "web");
        assertEquals(Optional.empty(), nameIn(cgroup.formatted(WEB)));
    }

    @Test
    void endedProcessIsInNoContainer() {
        assertEquals(Optional.empty(), new Containers(root).nameOf(7));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/a b", "/device:br0", "/pid:1", "/\\u001b[2J", "/../..", "/-web"})
    void nameThatNoEngineGivesIsNotUsed(String name) throws IOException {
        docker(WEB, name);
        assertEquals(Optional.of("0123456789ab"), nameIn("0::/docker/" + WEB));
    }

    @Test
    void nameIsAsLongAsAnEndpointCanBeCalled() throws IOException {
        docker(WEB, "/" + "a".repeat(63));
        assertEquals(Optional.of("a".repeat(63)), nameIn("0::/docker/" + WEB));
        docker(WEB, "/" + "a".repeat(64));
        assertEquals(Optional.of("0123456789ab"), nameIn("0::/docker/" + WEB));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "7", "{\"Name\": 7}", "{\"Name\": {\"a\": [\"/web\"]}}"})
    void stateThatSaysNothingIsNoState(String text) throws IOException {
        write("var/lib/docker/containers/%s/config.v2.json".formatted(WEB), text);
        write("var/lib/containers/storage/overlay-containers/containers.json", text);
        Optional<String> expected = Optional.of(text.contains("7}") ? "7" : "0123456789ab");
        assertEquals(expected, nameIn("0::/docker/" + WEB));
        assertEquals(Optional.of("0123456789ab"), nameIn("0::/machine.slice/libpod-%s.scope".formatted(WEB)));
    }

    @Test
    void namesThatAnEngineMakesAreKnown() {
        assertEquals(true, Containers.isMade("netns-0a1b2c3d-0123-4567-89ab-0123456789ab"));
        assertEquals(true, Containers.isMade("cni-0a1b2c3d-0123-4567-89ab-0123456789ab"));
        assertEquals(false, Containers.isMade("netns-blue"));
        assertEquals(false, Containers.isMade("blue"));
    }
}
