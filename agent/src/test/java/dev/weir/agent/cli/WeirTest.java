// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static dev.weir.agent.Golden.assertGolden;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.config.ListenAddress;
import dev.weir.agent.http.HttpServer;
import dev.weir.agent.view.SampleView;
import dev.weir.agent.view.StatusView;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Help;

/// What holds for every command, and the commands that show what is in force.
class WeirTest extends CommandTest {
    @Test
    void everyHelpIsAsRecorded() throws Exception {
        assertGolden("help/weir.txt", weir("--help").out());
        for (String verb : verbs()) {
            String[] words = (verb + " --help").split(" ");
            Outcome outcome = weir(words);
            assertEquals(ExitCode.OK, outcome.code());
            assertGolden("help/weir-" + verb.replace(' ', '-') + ".txt", outcome.out());
        }
    }

    @Test
    void versionIsThatOfTheBuild() {
        assertTrue(
                weir("--version").out().matches("weir \\d+\\.\\d+\\.\\d+ \\(Java \\d+\\)\\R"),
                weir("--version").out());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "frobnicate",
                "status --colour",
                "status extra",
                "status --output yaml",
                "status --agent 192.0.2.1:80",
                "status --agent nonsense",
                "run --listen 0.0.0.0:80",
                "check",
                "flows --limit",
                "flows --limit 0",
                "flows --service http",
                "diff",
                "diff .",
                "diff absent .",
                "diff --live . .",
                "diff --live --limit -1 .",
                "explain --namespace blue --direction ingress --peer 192.0.2.1",
                "explain --namespace blue --direction in --peer 192.0.2.1 --service tcp/80",
                "explain --namespace blue --direction ingress --peer 192.0.2.0/24 --service tcp/80",
                "explain --namespace blue --direction ingress --peer 192.0.2.1 --service tcp",
                "explain --namespace blue --direction ingress --peer 192.0.2.1 --service any",
                "explain --namespace blue --direction ingress --peer 192.0.2.1 --service udp/1-9",
                "suggest",
                "suggest --namespace tenant-*",
                "suggest --namespace blue --any-above -1",
                "why --namespace blue",
                "why --direction ingress --peer 192.0.2.1 --service tcp/80",
                "why --namespace blue --direction ingress --peer 192.0.2.1 --service tcp",
                "why --namespace blue --direction ingress --peer 192.0.2.1 --service tcp/80 --limit 3",
                "why --namespace blue --pcap /dev/null --service tcp/80",
                "why --namespace blue --pcap /dev/null --limit 0",
                "why --namespace blue --pcap /nowhere.pcap",
            })
    void misuseExitsWithTwoAndAHint(String line) {
        Outcome outcome = weir(line.isEmpty() ? new String[0] : line.split(" "));

        assertEquals(ExitCode.USAGE, outcome.code());
        assertEquals("", outcome.out());
        assertTrue(outcome.err().startsWith("weir: "), outcome.err());
    }

    @Test
    void unknownOptionPointsAtTheHelpOfItsVerb() {
        assertEquals("""
                weir: Unknown option: '--colour'
                Possible solutions: --config
                Try 'weir status --help'.
                """, weir("status", "--colour").err());
    }

    @Test
    void tablesOfTheRunningAgentAreAsRecorded() throws Exception {
        view.status = () -> SampleView.status(StatusView.State.NOT_ENFORCING, SampleView.ATTACHED, SampleView.DETACHED);
        try (HttpServer server = serve()) {
            String agent = "127.0.0.1:" + server.address().getPort();

            assertGolden("status.txt", weir("status", "--agent", agent).out());
            assertGolden(
                    "namespaces.txt",
                    weir("namespaces", "--agent", "http://" + agent + "/").out());
            assertGolden(
                    "namespaces-blue.txt",
                    weir("namespaces", "blue", "--interval", "0", "--agent", agent)
                            .out());
            assertGolden(
                    "flows.txt", weir("flows", "--agent", agent, "--limit", "3").out());
            assertGolden("events.txt", weir("events", "--agent", agent).out());
        }
    }

    @Test
    void jsonIsThatOfTheServer() throws Exception {
        try (HttpServer server = serve()) {
            String agent = "127.0.0.1:" + server.address().getPort();

            assertGolden(
                    "flows.json",
                    weir("flows", "--agent", agent, "--output", "json", "--peer", "192.0.2.0/24")
                            .out());
            assertTrue(weir("status", "--agent", agent, "-o", "JSON").out().contains("\"generation\" : 3,"));
        }
    }

    @Test
    void eventsAreFollowedFromWhereThePageEnded() throws Exception {
        try (HttpServer server = serve()) {
            String agent = "127.0.0.1:" + server.address().getPort();
            Outcome denied = weir("events", "--agent", agent, "-o", "json", "--verdict", "deny", "--limit", "1");
            assertTrue(denied.out().contains("\"number\" : 42,"), denied.out());
            Outcome later = weir("events", "--agent", agent, "--cursor", "42", "--namespace", "red");
            assertEquals(2, later.out().lines().count(), later.out());
            assertTrue(later.out().contains("spoof"), later.out());
            assertEquals(
                    ExitCode.USAGE,
                    weir("events", "--agent", agent, "--cursor", "x").code());
        }
    }

    @Test
    void filtersOfTheCommandAreThoseOfTheServer() throws Exception {
        try (HttpServer server = serve()) {
            String agent = "127.0.0.1:" + server.address().getPort();
            String said = weir(
                            "flows",
                            "--agent",
                            agent,
                            "-o",
                            "jsonl",
                            "--port",
                            "443",
                            "--port",
                            "40002",
                            "--not-namespace",
                            "green")
                    .out();
            assertEquals(2, said.lines().count(), said);
            assertTrue(said.lines().allMatch(line -> line.startsWith("{\"namespace\":")), said);

            String rest = weir("flows", "--agent", agent, "-o", "jsonl", "--not-port", "443", "--not-port", "40002")
                    .out();
            assertEquals(1, rest.lines().count(), rest);
            assertTrue(rest.contains("\"outsidePort\":40000"), rest);

            Outcome wrong = weir("flows", "--agent", agent, "--not-port", "http", "--direction", "in");
            assertEquals(ExitCode.USAGE, wrong.code());
            assertEquals("""
                    weir: flows: direction: 'in' is not one of [egress, ingress]
                    weir: flows: not-port: 'http' is not a port from 0 to 65535, or a range of them such as 8000-8099
                    """, wrong.err());
        }
    }

    @Test
    void verdictsAreColouredWhereTheTerminalShowsColours() throws Exception {
        try (HttpServer server = serve()) {
            String agent = "127.0.0.1:" + server.address().getPort();
            assertFalse(weir("events", "--agent", agent).out().contains("\u001b"));
            StringWriter out = new StringWriter();
            Weir.commandLine(wiring, false)
                    .setColorScheme(Help.defaultColorScheme(Help.Ansi.ON))
                    .setOut(new PrintWriter(out))
                    .execute("events", "--agent", agent);
            assertTrue(out.toString().contains("\u001b[31mdeny   \u001b[39m"), out.toString());
            assertTrue(out.toString().contains("\u001b[33maudit  \u001b[39m"), out.toString());
        }
    }

    @Test
    void nothingIsFollowedWhereNoAgentRuns() {
        Outcome outcome = weir("events", "--follow", "--config", config.toString());
        assertEquals(ExitCode.FAILED, outcome.code());
        assertTrue(outcome.err().contains("nothing to follow"), outcome.err());
    }

    @Test
    void moreFlowsThanAskedForAreSaidToBeThere() throws Exception {
        try (HttpServer server = serve()) {
            String agent = "127.0.0.1:" + server.address().getPort();
            Outcome first = weir("flows", "--agent", agent, "--limit", "1");
            assertTrue(first.err().startsWith("weir: 1 of 3 flows; go on with"), first.err());

            String cursor = first.err().strip().replaceAll(".* ", "");
            Outcome second = weir("flows", "--agent", agent, "--limit", "2", "--cursor", cursor);
            assertEquals("", second.err());
            assertTrue(second.out().contains("10.0.0.3:80"), second.out());
        }
    }

    @Test
    void namespaceThatIsNotThereIsAFailure() throws Exception {
        try (HttpServer server = serve()) {
            Outcome outcome = weir(
                    "namespaces",
                    "green",
                    "--interval",
                    "0",
                    "--agent",
                    "127.0.0.1:" + server.address().getPort());
            assertEquals(ExitCode.FAILED, outcome.code());
            assertTrue(outcome.err().contains("no namespace green is enforced"), outcome.err());
        }
    }

    @Test
    void intervalHasBounds() throws Exception {
        Outcome outcome = weir("namespaces", "--interval", "61");
        assertEquals(ExitCode.USAGE, outcome.code());
        assertTrue(outcome.err().contains("--interval is 61, expected 0 to 60 seconds"), outcome.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "namespaces", "flows", "events"})
    void pinsAnswerWhenNoAgentRuns(String verb) throws Exception {
        try (HttpServer server = serve()) {
            String fromAgent = weir(
                            verb, "--agent", "127.0.0.1:" + server.address().getPort())
                    .out();
            Outcome outcome = weir(verb, "--config", config.toString());

            assertEquals(ExitCode.OK, outcome.code());
            assertEquals(fromAgent, outcome.out());
            assertTrue(outcome.err()
                    .matches("weir: no agent runs at 127\\.0\\.0\\.1:\\d+; this is what it left in force\\R"));
        }
    }

    @Test
    void agentThatIsNamedMustAnswer() {
        Outcome outcome = weir("status", "--agent", "127.0.0.1:1");

        assertEquals(ExitCode.FAILED, outcome.code());
        assertEquals("weir: ask the agent at 127.0.0.1:1: Connection refused; is it running?\n", outcome.err());
    }

    @Test
    void refusalOfTheAgentIsToldInItsWords() throws Exception {
        view.status = () -> {
            throw new IllegalStateException("map is gone");
        };
        try (HttpServer server = serve()) {
            Outcome outcome =
                    weir("status", "--agent", "127.0.0.1:" + server.address().getPort());

            assertEquals(ExitCode.FAILED, outcome.code());
            assertTrue(
                    outcome.err().endsWith("it answers 500: the answer could not be made; the agent's log says why\n"));
        }
    }

    @Test
    void failureEndsInItsOwnExitCodeAndOneLine() {
        failure = new CommandFailure(ExitCode.NOT_PERMITTED, "open the pins under /run/pins: run it as root");
        Outcome outcome = weir("status", "--config", config.toString());

        assertEquals(ExitCode.NOT_PERMITTED, outcome.code());
        assertEquals("weir: open the pins under /run/pins: run it as root\n", outcome.err());
    }

    @Test
    void unexpectedErrorIsOneLineUnlessDebugged() {
        failure = new IllegalStateException("a bug\u001b[31m");
        Outcome outcome = weir("run", "--config", config.toString());

        assertEquals(ExitCode.FAILED, outcome.code());
        assertEquals(
                "weir: internal error: java.lang.IllegalStateException: a bug\\x1b[31m; please report it, with what "
                        + "WEIR_DEBUG=1 prints for the same command\n",
                outcome.err());
        assertTrue(weir(true, "run", "--config", config.toString()).err().contains("\tat "));
    }

    @Test
    void flagsOfRunOverrideItsConfiguration() throws Exception {
        Outcome outcome = weir(
                "run",
                "--config",
                config.toString(),
                "--policies",
                "p",
                "--listen",
                "[::1]:0",
                "--bpffs",
                "/run/other");

        assertEquals(ExitCode.OK, outcome.code(), outcome.err());
        assertNotNull(ran);
        assertEquals(Path.of("p"), ran.policies());
        assertEquals("[::1]:0", ListenAddress.text(ran.listen()));
        assertEquals(Path.of("/run/other"), ran.bpffs());
    }

    @Test
    void wrongConfigurationIsToldWithItsPlaces() throws Exception {
        Files.writeString(config, "colour: red\nhook: [tcx]\n");
        Outcome outcome = weir("run", "--config", config.toString());

        assertEquals(ExitCode.USAGE, outcome.code());
        assertTrue(outcome.err().startsWith(config + ":1:1: the configuration has no key `colour`"), outcome.err());
        assertTrue(outcome.err().contains(config + ":2:7: `hook` is a list"), outcome.err());
    }

    @Test
    void detachAndDemoSayWhatTheyDid() {
        assertEquals(
                "link weir_tcx_in on veth-blue\nmap weir_flows\n",
                weir("detach", "--config", config.toString()).out());
        assertEquals("step 1\n", weir("demo").out());
    }

    @Test
    void completionKnowsEveryVerbThatHelpShows() {
        String script = weir("completion").out();

        assertTrue(script.startsWith("#!/usr/bin/env bash"), script);
        for (String verb : shownVerbs()) {
            assertTrue(script.contains(verb), verb);
        }
        for (Topology topology : Topology.values()) {
            assertTrue(script.contains("\"" + topology + "\""), topology.word());
        }
    }

    @Test
    void namesCannotSteerTheTerminal() {
        assertEquals("a\\x1b[2Jb\\x202ec\\x0d", Table.printable("a\u001b[2Jb\u202ec\r"));
        assertFalse(Table.printable("blau-grün").contains("\\x"));
    }

    /// With those of two words, such as `lab up`.
    private List<String> verbs() {
        List<String> verbs = new ArrayList<>();
        Weir.commandLine(wiring, false).getSubcommands().forEach((verb, command) -> {
            verbs.add(verb);
            command.getSubcommands().keySet().forEach(second -> verbs.add(verb + " " + second));
        });
        return verbs;
    }

    private List<String> shownVerbs() {
        return Weir.commandLine(wiring, false).getSubcommands().values().stream()
                .filter(verb -> !verb.getCommandSpec().usageMessage().hidden())
                .map(verb -> verb.getCommandName())
                .toList();
    }
}
