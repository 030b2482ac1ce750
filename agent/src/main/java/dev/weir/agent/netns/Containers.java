// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.abi.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the containers of Podman and Docker are called that processes belong to: by the cgroup of the process, and by
/// what the engine keeps on disk. No engine is asked, so none has to run.
public final class Containers {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MAX_CGROUP_BYTES = 64 << 10;
    private static final int MAX_STATE_BYTES = 16 << 20;
    private static final int SHORT_ID = 12; // as `podman ps` and `docker ps` show it

    /// `libpod-ID.scope` and `docker-ID.scope` of systemd, `libpod-ID` and `docker/ID` of cgroupfs.
    private static final Pattern SCOPE = Pattern.compile("(libpod|docker)-([0-9a-f]{64})(?:\\.scope)?");

    private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

    /// What both engines allow for a name; as long as an endpoint can be called.
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0," + (Limits.NAME_BYTES - 2) + "}");

    /// What Podman and the CNI plugins call a namespace that they make under `/run/netns`.
    private static final Pattern ENGINE_MADE =
            Pattern.compile("(?:netns|cni)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

    private final Path root;

    /// @param root where the file system of the host begins: `/`
    Containers(Path root) {
        this.root = root;
    }

    /// Whether a namespace was given its name by an engine, so that it says nothing to people.
    static boolean isMade(String namespace) {
        return ENGINE_MADE.matcher(namespace).matches();
    }

    /// Whether a process belongs to a container.
    public static boolean hasProcess(long pid) {
        return new Containers(Path.of("/")).container(pid).isPresent();
    }

    /// What the container is called that a process belongs to: its name, or where that is not found the beginning of
    /// its id. Empty where the process belongs to none.
    Optional<String> nameOf(long pid) {
        return container(pid)
                .map(container -> name(container)
                        .filter(name -> NAME.matcher(name).matches())
                        .orElse(container.id().substring(0, SHORT_ID)));
    }

    private record Container(String engine, String id) {}

    private Optional<Container> container(long pid) {
        try {
            byte[] text = read(root.resolve("proc/" + pid + "/cgroup"), MAX_CGROUP_BYTES);
            return new String(text, UTF_8)
                    .lines()
                    .map(line -> line.split(":", 3)) // hierarchy, controllers, path: cgroups(7)
                    .filter(fields -> fields.length == 3)
                    .flatMap(fields -> ofCgroup(fields[2]).stream())
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty(); // the process has ended
        }
    }

    /// The outermost one that the path names, because whoever is root in a container can make cgroups in its own.
    /// Nor does anything below `user.slice` count, where users make their own.
    private static Optional<Container> ofCgroup(String path) {
        String parent = "";
        for (String part : path.split("/", -1)) {
            Matcher scope = SCOPE.matcher(part);
            if (scope.matches()) {
                return Optional.of(new Container(scope.group(1), scope.group(2)));
            }
            if (parent.equals("docker") && ID.matcher(part).matches()) {
                return Optional.of(new Container("docker", part));
            }
            if (part.equals("user.slice")) {
                return Optional.empty();
            }
            parent = part;
        }
        return Optional.empty();
    }

    private Optional<String> name(Container container) {
        return container.engine().equals("docker") ? nameOfDocker(container.id()) : nameOfPodman(container.id());
    }

    private Optional<String> nameOfDocker(String id) {
        return json(root.resolve("var/lib/docker/containers").resolve(id).resolve("config.v2.json"))
                .map(state -> state.path("Name").asText().replaceFirst("^/", ""));
    }

    private Optional<String> nameOfPodman(String id) {
        for (Path file : podmanStates()) {
            for (JsonNode each : json(file).orElse(JSON.missingNode())) {
                if (each.path("id").asText().equals(id)) {
                    return Optional.of(each.path("names").path(0).asText());
                }
            }
        }
        return Optional.empty();
    }

    /// One a storage driver, as in `overlay-containers`; containers that go with the next start of the host have a
    /// file of their own.
    private List<Path> podmanStates() {
        List<Path> files = new ArrayList<>();
        Path storage = root.resolve("var/lib/containers/storage");
        try (DirectoryStream<Path> drivers = Files.newDirectoryStream(storage, "*-containers")) {
            for (Path driver : drivers) {
                files.add(driver.resolve("containers.json"));
                files.add(driver.resolve("volatile-containers.json"));
            }
        } catch (IOException | DirectoryIteratorException e) {
            return files; // Podman has stored nothing
        }
        return files;
    }

    private static Optional<JsonNode> json(Path file) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readTree(read(file, MAX_STATE_BYTES)));
        } catch (JacksonException e) {
            return Optional.empty(); // cut short at the bound, or just being written
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static byte[] read(Path file, int limit) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(limit);
        }
    }
}
