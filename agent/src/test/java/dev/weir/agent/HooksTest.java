// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The scripts of docs/hooks.md, with a `weir` that writes down how it was called.
@Tag("kernel")
class HooksTest {
    private static final Pattern SCRIPT =
            Pattern.compile("^```sh\n(#!/bin/sh\n.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    private static final String RESULT = """
            {
              "interfaces": [
                {
                  "name": "br0"
                },
                {
                  "name": "veth-blue"
                },
                {
                  "name": "veth-inner",
                  "sandbox": "/run/netns/blue"
                }
              ]
            }
            """;

    private final Lab lab = new Lab();

    @TempDir
    Path directory;

    private List<String> scripts;
    private Path calls;

    @BeforeEach
    void extract() throws IOException {
        scripts = SCRIPT.matcher(Files.readString(Path.of("../docs/hooks.md")))
                .results()
                .map((MatchResult block) -> block.group(1))
                .toList();
        assertEquals(2, scripts.size());
        calls = directory.resolve("calls");
        lab.routed("blue", "192.0.2.2/24", "192.0.2.1/24");
    }

    @AfterEach
    void close() {
        lab.close();
    }

    /// What a script did.
    private record Ended(int status, String output) {}

    private Ended run(String script, Map<String, String> environment, String input, int weir) throws Exception {
        Path stub = Files.writeString(
                directory.resolve("weir"),
                "#!/bin/sh\necho \"$*\" >>%s\necho said >&2\nexit %d\n".formatted(calls, weir));
        stub.toFile().setExecutable(true);
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", script);
        builder.environment().putAll(environment);
        builder.environment().merge("PATH", directory.toString(), (path, mine) -> mine + ":" + path);
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Ended(process.waitFor(), output);
    }

    private String called() throws IOException {
        return Files.exists(calls) ? Files.readString(calls) : "";
    }

    @Test
    void ociHookFindsTheDeviceOfTheContainer() throws Exception {
        Process container = new ProcessBuilder("ip", "netns", "exec", "blue", "sleep", "60").start();
        try {
            Await.until(
                    "the process is in its namespace",
                    () -> Shell.run("ip netns pids blue").contains(String.valueOf(container.pid())));
            String state = "{\"ociVersion\": \"1.0.2\", \"id\": \"c\", \"pid\": %d}".formatted(container.pid());
            assertEquals(new Ended(0, ""), run(scripts.getFirst(), Map.of(), state, 0));
            assertEquals("attach --device veth-blue\n", called());
            assertEquals(1, run(scripts.getFirst(), Map.of(), state, 1).status());
        } finally {
            container.destroy();
        }
    }

    @Test
    void cniPluginHandsOnTheResultOfTheOneBefore() throws Exception {
        String config = "{\"cniVersion\": \"1.0.0\", \"type\": \"weir-attach\", \"prevResult\": %s}".formatted(RESULT);
        assertEquals(new Ended(0, RESULT), run(scripts.getLast(), Map.of("CNI_COMMAND", "ADD"), config, 0));
        assertEquals("attach --device veth-blue\n", called());
        assertEquals(new Ended(0, ""), run(scripts.getLast(), Map.of("CNI_COMMAND", "CHECK"), config, 0));
        assertEquals(new Ended(0, ""), run(scripts.getLast(), Map.of("CNI_COMMAND", "DEL"), config, 1));
    }

    @Test
    void cniPluginFailsWithTheReason() throws Exception {
        String config = "{\"prevResult\": %s}".formatted(RESULT);
        assertEquals(new Ended(1, """
                {
                  "cniVersion": "1.0.0",
                  "code": 100,
                  "msg": "said"
                }
                """), run(scripts.getLast(), Map.of("CNI_COMMAND", "ADD"), config, 1));
    }
}
