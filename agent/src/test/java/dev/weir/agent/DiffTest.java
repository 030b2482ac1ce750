// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.agent.Golden.assertGolden;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Weir;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `weir diff` on real files.
class DiffTest {
    private static final String OLD = """
            policy: web
            applies-to: {labels: {tier: web}}
            ingress:
              default: deny
              rules:
                - {name: http, allow: tcp/80, from: "set:office"}
                - {name: red, allow: tcp/22, from: "namespace:red"}
            sets:
              office: [192.0.2.0/24, "2001:db8::/32"]
            """;
    private static final String NEW = OLD.replace("allow: tcp/80,", "allow: [tcp/80, udp/8000-8099],")
            .replace("from: \"namespace:red\"", "from: [\"namespace:green\", host]")
            .replace("192.0.2.0/24, ", "192.0.2.0/25, ");

    @TempDir
    private Path directory;

    private Path config;
    private Path was;
    private Path now;

    @BeforeEach
    void write() throws IOException {
        was = Files.createDirectory(directory.resolve("was"));
        now = Files.createDirectory(directory.resolve("now"));
        Files.writeString(was.resolve("web.yaml"), OLD);
        Files.writeString(now.resolve("web.yaml"), NEW);
        config = Files.writeString(
                directory.resolve("weir.yaml"), "namespaces: {labels: {\"web-*\": {tier: web}, blue: {tier: web}}}\n");
    }

    @Test
    void changesAreAsRecorded() throws IOException {
        assertGolden("diff/changes.txt", diff(was, now));
        assertGolden("diff/changes.json", diff(was, now, "--output", "json", "--namespace", "blue"));
    }

    @Test
    void namespaceThatNothingSelectsKeepsItsVerdicts() {
        assertEquals("no traffic changes its verdict\n", diff(was, now, "--namespace", "red"));
    }

    @Test
    void deviceIsComparedAlone() throws IOException {
        Files.writeString(now.resolve("bridge.yaml"), "applies-to: {devices: [br0]}\ningress: {default: deny}\n");
        String change = "ingress: any from any: allow -> deny (was unselected/ingress, now bridge/ingress/default)\n";
        assertEquals("device:br0 " + change, diff(was, now, "--device", "br0"));
        assertEquals("device:br0 " + change, diff(was, now, "--namespace", "device:br0"));
        assertEquals("red " + change, diff(was, now, "--namespace", "red", "--device", "br0"));
        assertEquals("no traffic changes its verdict\n", diff(was, now, "--device", "br1"));
    }

    @Test
    void fileIsComparedLikeADirectory() {
        assertEquals("no traffic changes its verdict\n", diff(was, was.resolve("web.yaml")));
    }

    @Test
    void brokenPoliciesAreToldAsCheckTellsThem() throws IOException {
        Files.writeString(now.resolve("web.yaml"), NEW.replace("default:", "defaults:"));
        StringWriter err = new StringWriter();
        ExitCode code = Weir.run(
                Main.wiring(),
                false,
                new PrintWriter(new StringWriter()),
                new PrintWriter(err),
                "diff",
                was.toString(),
                now.toString(),
                "--config",
                config.toString());
        assertEquals(ExitCode.USAGE, code);
        assertTrue(err.toString().contains("web.yaml:4:3: "), err::toString);
    }

    private String diff(Path old, Path young, String... more) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] words = new String[5 + more.length];
        words[0] = "diff";
        words[1] = "--config";
        words[2] = config.toString();
        words[3] = old.toString();
        words[4] = young.toString();
        System.arraycopy(more, 0, words, 5, more.length);
        ExitCode code = Weir.run(Main.wiring(), false, new PrintWriter(out), new PrintWriter(err), words);
        assertEquals("", err.toString());
        assertEquals(ExitCode.OK, code);
        return out.toString();
    }
}
