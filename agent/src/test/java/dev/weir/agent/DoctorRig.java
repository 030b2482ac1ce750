// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Weir;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.DoctorView;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.Pitfall;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A host on which nothing is wrong, `weir doctor` on it, and a shell for the commands that it prints.
abstract class DoctorRig extends HostTest {
    private final List<Process> shells = new ArrayList<>();
    private Path config;

    /// Red and blue on a bridge, green on a veth, and a world that the host's default route leads to.
    @BeforeEach
    void buildSoundHost() throws IOException {
        config = Files.writeString(
                home.resolve("weir.yaml"), "policies: %s\nbpffs: %s\n".formatted(policies, pins.root()));
        Path bin = Files.createDirectory(home.resolve("bin"));
        script(
                bin.resolve("weir"),
                "exec %s --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp %s %s \"$@\""
                        .formatted(
                                Path.of(System.getProperty("java.home"), "bin", "java"),
                                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                                Main.class.getName()));
        script(bin.resolve("sudo"), "exec \"$@\"");
        redBlueAndGreen().routed("world", "198.51.100.2/24", "198.51.100.1/24");
        Shell.run("ip -n world route del default");
        Shell.run("ip route add default via 198.51.100.2");
        mend("nft 'add table ip nat; add chain ip nat out { type nat hook postrouting priority 100; };"
                + " add rule ip nat out ip saddr 10.0.0.0/8 oifname veth-world masquerade'");
        assertEquals(List.of(), findings(), "the host is sound before anything is broken");
    }

    private static void script(Path file, String line) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + line + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    @AfterEach
    void tearDown() throws Exception {
        for (Process shell : shells) {
            List<ProcessHandle> all = Stream.concat(Stream.of(shell.toHandle()), shell.descendants())
                    .toList();
            all.forEach(ProcessHandle::destroyForcibly);
            for (ProcessHandle each : all) {
                each.onExit().get(); // an agent may not go on while its pins are removed
            }
        }
        Shell.run("nft flush ruleset");
        Shell.run("sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0");
    }

    /// `weir doctor`, in this process.
    DoctorView examine() {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        ExitCode code = Weir.run(
                Main.wiring(),
                false,
                new PrintWriter(out),
                new PrintWriter(err),
                "doctor",
                "--config",
                config.toString(),
                "--output",
                "json");
        assertEquals("", err.toString(), "everything was looked at");
        DoctorView view = parsed(out.toString());
        assertEquals(view.findings().isEmpty() ? ExitCode.OK : ExitCode.FAILED, code);
        return view;
    }

    private static DoctorView parsed(String json) {
        try {
            return Json.read(json.getBytes(StandardCharsets.UTF_8), DoctorView.class);
        } catch (IOException e) {
            throw new AssertionError(json, e);
        }
    }

    List<Finding> findings() {
        return examine().findings();
    }

    /// The one thing that is wrong, which is this.
    Finding only(Pitfall pitfall) {
        List<Finding> findings = findings();
        assertEquals(List.of(pitfall), findings.stream().map(Finding::pitfall).toList(), findings::toString);
        return findings.getFirst();
    }

    /// Finds the one thing that is wrong, does what its finding says, and finds nothing any more.
    Finding foundAndMended(Pitfall pitfall) {
        Finding finding = only(pitfall);
        mend(finding.mend());
        assertEquals(List.of(), findings(), finding::mend);
        return finding;
    }

    /// As the other, where an agent is started, which goes on.
    Finding foundAndMendedByAgent(Pitfall pitfall) {
        Finding finding = findings().getFirst();
        assertEquals(pitfall, finding.pitfall());
        start(finding.mend());
        Await.until("it is mended", this::log, this::isSound);
        return finding;
    }

    /// While one agent ends and another starts, not every question is answered.
    private boolean isSound() {
        try {
            return findings().isEmpty();
        } catch (RuntimeException | AssertionError e) {
            return false;
        }
    }

    /// Runs a line in a shell, as a person would who pastes it.
    String mend(String line) {
        try {
            Process shell = shell(line).redirectErrorStream(true).start();
            shell.getOutputStream().close();
            String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, shell.waitFor(), () -> line + "\n" + said);
            return said;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(line, e);
        }
    }

    /// As the other, but the line goes on until the test ends.
    Process start(String line) {
        try {
            Process shell = shell(line)
                    .redirectErrorStream(true)
                    .redirectOutput(home.resolve("shell.log").toFile())
                    .start();
            shells.add(shell);
            return shell;
        } catch (IOException e) {
            throw new AssertionError(line, e);
        }
    }

    private ProcessBuilder shell(String line) {
        ProcessBuilder shell = new ProcessBuilder("sh", "-c", line);
        shell.environment().merge("PATH", home.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
        return shell;
    }

    /// Waits for an agent that was started to say that it enforces.
    void awaitAgent() {
        Await.until("the agent serves", this::log, () -> log().contains("; serving http://"));
    }

    private String log() {
        try {
            return Files.readString(home.resolve("shell.log"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    Path config(String more) throws IOException {
        Files.writeString(config, Files.readString(config) + more);
        return config;
    }

    static void assertContains(String part, String text) {
        assertTrue(text.contains(part), () -> part + " in " + text);
    }
}
