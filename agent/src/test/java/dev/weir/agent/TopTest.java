// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// `weir top` in a real terminal, with real traffic.
class TopTest extends HostTest {
    private static final String RED = "10.10.0.2";
    private static final String BLUE = "10.10.0.3";
    private static final String POLICY = """
            applies-to: {namespaces: [blue]}
            ingress:
              default: deny
              rules:
                - {name: web, allow: tcp/80, from: "namespace:red"}
            """;

    /// Neither nothing, nor unknown.
    private static final Pattern BUSY_BLUE =
            Pattern.compile("(?m)^blue +[1-9]\\S* \\w+ +[1-9]\\S* \\w+ +[1-9]\\S* +(<1|[1-9]\\S*) +[1-9]");

    private static final Pattern BUSY_FLOW =
            Pattern.compile("(?m)^blue +<-  10\\.10\\.0\\.2:\\d+ +tcp/80 +allow +[1-9]\\S* \\w+ +[1-9]\\S*$");

    @Test
    void screenShowsTrafficAndDoesWhatTheKeysSay() throws Exception {
        redAndBlue();
        save("blue.yaml", POLICY);
        try (AgentProcess agent = AgentProcess.enforcing(policies, pins.root());
                ServerSocket web = Probe.echo("blue", BLUE, 80);
                Socket toWeb = Probe.connect("red", BLUE, web.getLocalPort(), Inside.PATIENCE_MILLIS);
                DatagramSocket denied = Inside.open("red", RED, 40009);
                Tmux tmux = new Tmux(home, AgentProcess.command(), 80, 24)) {
            tmux.await(
                    "the shell asks", screen -> screen.startsWith("$")); // else what is typed stands before its prompt
            tmux.enter("stty -g >" + home.resolve("before") + "; echo was here");
            tmux.await("the shell answers", screen -> screen.contains("\nwas here\n$"));
            tmux.weir("top --agent 127.0.0.1:" + agent.address().getPort());
            String screen = tmux.await("traffic of each second", shown -> {
                carry(toWeb, denied);
                return BUSY_BLUE.matcher(shown).find()
                        && BUSY_FLOW.matcher(shown).find();
            });
            assertEquals("0 1", tmux.cursorAndAlternate());
            assertTrue(screen.startsWith("weir top  2 namespaces  "), screen);
            assertFalse(screen.contains("was here"), screen);
            Files.writeString(Path.of("target", "top.txt"), screen);

            tmux.press("f");
            tmux.await("flows alone", shown -> !shown.contains("DENIED/s") && shown.contains("OUTSIDE"));
            tmux.resize(120, 40);
            tmux.await("more columns", shown -> shown.contains("INSIDE") && shown.contains("RULE"));
            tmux.resize(40, 10);
            tmux.await(
                    "fewer columns and rows",
                    shown -> !shown.contains("VERDICT") && shown.lines().count() == 10);
            tmux.resize(80, 24);
            tmux.press("f", "s");
            tmux.await("another order", shown -> shown.contains("sort: packets/s") && shown.contains("DENIED/s"));
            tmux.press("?");
            tmux.await("help", shown -> shown.contains("Any key goes back."));
            tmux.press("Escape", "/", "r", "e", "d", "Enter");
            tmux.await(
                    "red alone",
                    shown -> shown.contains("weir top  1 namespace ")
                            && !shown.contains("\nblue ")
                            && shown.contains("\nred "));
            tmux.press("Escape", "p");
            tmux.await("a pause", shown -> shown.contains("PAUSED") && shown.contains("\nblue "));
            tmux.press("p");
            agent.kill();
            tmux.await("that the agent is gone", shown -> shown.contains("ask the agent at 127.0.0.1:"));

            tmux.press("q");
            awaitShell(tmux);
        }
    }

    @Test
    void terminalIsGivenBackHoweverItEnds() throws Exception {
        redAndBlue();
        try (AgentProcess agent = AgentProcess.enforcing(policies, pins.root());
                Tmux tmux = new Tmux(home, AgentProcess.command(), 80, 24)) {
            tmux.await(
                    "the shell asks", screen -> screen.startsWith("$")); // else what is typed stands before its prompt
            tmux.enter("stty -g >" + home.resolve("before") + "; echo was here");
            tmux.await("the shell answers", screen -> screen.contains("\nwas here\n$"));
            String top = "top --agent 127.0.0.1:" + agent.address().getPort();
            for (String end : List.of("C-c", "TERM", "HUP")) {
                tmux.weir(top);
                tmux.await("the screen", screen -> screen.startsWith("weir top  2 namespaces"));
                if (end.equals("C-c")) {
                    tmux.press(end);
                } else {
                    Shell.run("kill -%s %s"
                            .formatted(
                                    end, Files.readString(home.resolve("pid")).strip()));
                }
                awaitShell(tmux);
            }
        }
    }

    @Test
    void withoutATerminalOneLookIsPrinted() throws Exception {
        redAndBlue();
        try (AgentProcess agent = AgentProcess.enforcing(policies, pins.root())) {
            AgentProcess.Ended ended = AgentProcess.run(
                    "top", "--agent", "127.0.0.1:" + agent.address().getPort());
            assertEquals(0, ended.status(), ended.output());
            assertTrue(ended.output().startsWith("NAMESPACE "), ended.output());
            assertTrue(ended.output().contains("\nblue "), ended.output());
            assertFalse(ended.output().contains("\u001b"), ended.output());
        }
    }

    /// Some packets that pass, and one that is denied.
    private static void carry(Socket toWeb, DatagramSocket denied) {
        for (int i = 0; i < 20; i++) {
            assertTrue(Probe.echoes(toWeb));
        }
        try {
            Inside.send(denied, BLUE, 9, 100);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Waits until the shell has the terminal, as it was.
    private void awaitShell(Tmux tmux) throws IOException {
        tmux.await("the shell's screen", screen -> screen.contains("was here") && asks(screen));
        Path after = home.resolve("after");
        Files.deleteIfExists(after);
        tmux.enter("stty -g >" + after + ".new; mv " + after + ".new " + after);
        Await.within( // else what is typed next stands before its prompt, which then looks like the one behind it
                Duration.ofSeconds(60),
                "the shell answers, and asks again",
                () -> "\n" + tmux.screen(),
                () -> Files.exists(after) && asks(tmux.screen()));
        assertEquals(Files.readString(home.resolve("before")), Files.readString(after));
        assertEquals("1 0", tmux.cursorAndAlternate());
    }

    /// Whether the shell waits for a line.
    private static boolean asks(String screen) {
        return screen.stripTrailing().endsWith("\n$");
    }
}
