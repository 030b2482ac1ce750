// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The log cannot be written, or nobody reads it: the agent enforces, reloads and serves all the same.
class LostLogTest extends FaultTest {
    private static final int CHANGES = 60;

    /// How long a process may take to start, which tells nothing here of how far it is.
    private static final Duration START = Duration.ofSeconds(60);

    /// Starts an agent whose words go where the shell puts them, and returns when the policies are enforced.
    private AgentProcess agent(String before, String redirection) {
        AgentProcess agent = AgentProcess.starting(
                List.of("sh", "-c", before + "exec \"$0\" \"$@\" " + redirection),
                "--policies",
                policies.toString(),
                "--bpffs",
                pins.root().toString());
        try {
            Await.within(
                    START,
                    "both devices are enforced",
                    () -> "",
                    () -> attachments("veth-red").size() == 2
                            && attachments("veth-blue").size() == 2);
        } catch (AssertionError e) {
            agent.close(); // else it holds what its test wants to remove, and that is all that is told
            throw e;
        }
        return agent;
    }

    private void awaitGeneration(long wanted) {
        Await.until("generation " + wanted, () -> generation() == wanted);
    }

    private void assertFollows() {
        long before = generation();
        open(81);
        awaitGeneration(before + 1);
        assertOpen(81);
    }

    @Test
    void diskThatIsFullFromTheStart() {
        try (AgentProcess agent = agent("", ">/dev/full 2>&1")) {
            assertFollows();
            agent.kill();
        }
    }

    @Test
    void diskThatFillsUpAndIsEmptied() throws IOException {
        Path disk = Files.createDirectory(home.resolve("disk"));
        Shell.run("mount -t tmpfs -o size=16k tmpfs " + disk);
        Path file = disk.resolve("agent.log");
        try (AgentProcess agent = agent("", ">>" + file + " 2>&1")) {
            Await.until("it serves", () -> read(file).contains("serving"));
            Shell.attempt(List.of("sh", "-c", "cat /dev/zero >" + disk.resolve("rest")));
            changeOften(); // the last page of the log takes some lines more
            Files.delete(disk.resolve("rest"));
            assertFollows();
            Await.until("the loss is told", () -> read(file), () -> read(file).contains("lines of this log were lost"));
            agent.kill();
        } finally {
            Shell.run("umount " + disk);
        }
    }

    /// Each change is a line of the log of some 80 bytes; in the end, tcp/80 is open.
    private void changeOften() {
        long first = generation();
        for (int i = 1; i <= CHANGES; i++) {
            open(i % 2 == 0 ? 80 : 81);
            awaitGeneration(first + i);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void readerThatHasStopped() {
        // A pipe holds 64 KiB (pipe(7)); there is room for the first lines.
        String full =
                "mkfifo %1$s; exec 3<>%1$s; head -c 64000 /dev/zero >&3; exec 2>%1$s; ".formatted(home.resolve("pipe"));
        try (AgentProcess agent = agent(full, "")) {
            changeOften();
            assertFollows();
            int status = agent.terminate().status();
            assertTrue(status == 0 || status == 143, "it ends when told to: status " + status);
            assertOpen(81);
        }
    }
}
