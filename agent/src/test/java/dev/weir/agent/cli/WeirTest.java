// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static dev.weir.agent.Golden.assertGolden;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.http.HttpServer;
import dev.weir.agent.view.CaptureView;
import dev.weir.agent.view.DiffView;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.ExplanationView;
import dev.weir.agent.view.Judgement;
import dev.weir.agent.view.LiveDiffView;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.PoliciesView;
import dev.weir.agent.view.PolicyCheck;
import dev.weir.agent.view.PolicyError;
import dev.weir.agent.view.SampleView;
import dev.weir.agent.view.StatusView;
import dev.weir.agent.view.Verdict;
import dev.weir.agent.view.WhyView;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeirTest {
    private record Outcome(ExitCode code, String out, String err) {}

    private final SampleView view = new SampleView();
    private final List<PolicyError> errors = new ArrayList<>();
    private final List<PolicyError> warnings = new ArrayList<>();
    private @Nullable WeirConfig ran;
    private @Nullable Exception failure;
    private Wiring wiring;

    @TempDir
    private Path directory;

    private Path config;

    @BeforeEach
    void prepare() throws Exception {
        wiring = new Wiring(
                running -> {
                    ran = running;
                    fail();
                },
                (paths, configuration) -> new PolicyCheck(errors, warnings),
                (explained, question, heldBy) -> {
                    throw new RefusedPolicies(errors);
                },
                new Asker(),
                new Differ(),
                bpffs -> {
                    fail();
                    return view;
                },
                bpffs -> List.of("link weir_tcx_in on veth-blue", "map weir_flows"),
                out -> out.println("step 1"),
                () -> {});
        config = directory.resolve("weir.yaml");
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Files.writeString(config, "listen: 127.0.0.1:" + free.getLocalPort() + "\nbpffs: /run/pins\n");
        }
    }

    @Test
    void everyHelpIsAsRecorded() throws Exception {
        assertGolden("help/weir.txt", weir("--help").out());
        for (String verb : verbs()) {
            Outcome outcome = weir(verb, "--help");
            assertEquals(ExitCode.OK, outcome.code());
            assertGolden("help/weir-" + verb + ".txt", outcome.out());
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
        view.status = () -> SampleView.status(StatusView.State.STALE, SampleView.ATTACHED, SampleView.DETACHED);
        try (HttpServer server = serve()) {
            String agent = "127.0.0.1:" + server.address().getPort();

            assertGolden("status.txt", weir("status", "--agent", agent).out());
            assertGolden(
                    "namespaces.txt",
                    weir("namespaces", "--agent", "http://" + agent + "/").out());
            assertGolden(
                    "flows.txt", weir("flows", "--agent", agent, "--limit", "3").out());
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

    @ParameterizedTest
    @ValueSource(strings = {"status", "namespaces", "flows"})
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
        assertEquals("/[0:0:0:0:0:0:0:1]:0", ran.listen().toString());
        assertEquals(Path.of("/run/other"), ran.bpffs());
    }

    @Test
    void wrongConfigurationIsToldWithItsPlaces() throws Exception {
        Files.writeString(config, "colour: red\nhook: xdp\n");
        Outcome outcome = weir("run", "--config", config.toString());

        assertEquals(ExitCode.USAGE, outcome.code());
        assertTrue(outcome.err().startsWith(config + ":1:1: the configuration has no key `colour`"), outcome.err());
        assertTrue(outcome.err().contains(config + ":2:7: this value of `hook` is not supported"), outcome.err());
    }

    @Test
    void checkShowsEveryErrorInItsLine() {
        assertEquals(ExitCode.OK, weir("check", directory.toString()).code());
        errors.add(new PolicyError("web.yaml", 3, 5, "unknown key 'alow', expected allow", "  - alow: tcp/80"));
        errors.add(new PolicyError("dns.yaml", 0, 0, "it cannot be read", ""));

        Outcome outcome = weir("check", directory.toString());
        assertEquals(ExitCode.USAGE, outcome.code());
        assertEquals("""
                web.yaml:3:5: unknown key 'alow', expected allow
                      - alow: tcp/80
                        ^
                dns.yaml: it cannot be read
                """, outcome.out());
        assertTrue(weir("check", "-o", "json", directory.toString()).out().contains("\"line\" : 3,"));
    }

    @Test
    void checkWarnsAndIsContent() {
        warnings.add(new PolicyError("web.yaml", 7, 5, "`#2` never decides", "    - deny: tcp/80"));

        Outcome outcome = weir("check", directory.toString());
        assertEquals(ExitCode.OK, outcome.code());
        assertEquals("""
                web.yaml:7:5: warning: `#2` never decides
                        - deny: tcp/80
                        ^
                """, outcome.out());
        assertTrue(weir("check", "-o", "json", directory.toString()).out().contains("`#2` never decides"));
    }

    @Test
    void explainShowsErrorsAsCheckDoes() {
        errors.add(new PolicyError("web.yaml", 3, 5, "unknown key 'alow', expected allow", "  - alow: tcp/80"));

        Outcome outcome = weir(("explain --config " + config
                        + " --namespace blue --direction INGRESS --peer 192.0.2.1 --service tcp/80")
                .split(" "));
        assertEquals(ExitCode.USAGE, outcome.code());
        assertEquals("""
                web.yaml:3:5: unknown key 'alow', expected allow
                      - alow: tcp/80
                        ^
                """, outcome.err());
    }

    @Test
    void diffToldAsLinesOrThatThereIsNone() {
        String path = directory.toString();
        assertEquals(
                "no traffic changes its verdict\n", weir("diff", path, path).out());
        Outcome outcome = weir("diff", path, path, "--namespace", "blue");
        assertEquals(ExitCode.OK, outcome.code());
        assertEquals("blue ingress: any\n", outcome.out());
        assertEquals("weir: 2 more changes are not shown; narrow it with --namespace\n", outcome.err());
        errors.add(new PolicyError("web.yaml", 3, 5, "unknown key", ""));
        outcome = weir("diff", path, path);
        assertEquals(ExitCode.USAGE, outcome.code());
        assertTrue(outcome.err().contains("web.yaml:3:5: unknown key"), outcome.err());
    }

    @Test
    void liveDiffIsOfTheRunningAgentOrOfThePins() throws Exception {
        String path = directory.toString();
        try (HttpServer server = serve()) {
            String agent = "127.0.0.1:" + server.address().getPort();
            Outcome outcome = weir("diff", "--live", path, "--agent", agent, "--limit", "1");
            assertGolden("live-diff.txt", outcome.out());
            assertEquals("weir: 1 more flows do not pass either; show them with a larger --limit\n", outcome.err());
            assertTrue(weir("diff", "--live", path, "--agent", agent, "-o", "json")
                    .out()
                    .contains("\"fate\" : \"finish\","));
            assertTrue(weir("diff", "--live", path, "--agent", agent, "--namespace", "none")
                    .out()
                    .startsWith("live flows: 0 cut"));
        }
        Outcome pinned = weir("diff", "--live", path, "--config", config.toString());
        assertTrue(pinned.out().endsWith("live flows: 1 cut, 1 finish, 1 stay\n"), pinned.out());
        assertEquals(1, pinned.err().lines().count(), pinned.err());
    }

    @Test
    void checkOfNothingIsMisuse() {
        Outcome outcome = weir("check", directory.resolve("absent").toString());

        assertEquals(ExitCode.USAGE, outcome.code());
        assertTrue(outcome.err().endsWith("absent: there is no such file or directory\n"), outcome.err());
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
    }

    @Test
    void namesCannotSteerTheTerminal() {
        assertEquals("a\\x1b[2Jb\\x202ec\\x0d", Table.printable("a\u001b[2Jb\u202ec\r"));
        assertFalse(Table.printable("blau-grün").contains("\\x"));
    }

    @Test
    void answersOfTheKernelAreAsRecorded() throws Exception {
        String question = "why --config " + config + " --namespace blue --direction ingress --peer 10.0.0.2 --service ";
        assertGolden("why/question.txt", weir((question + "tcp/81").split(" ")).out());
        assertGolden(
                "why/question.json",
                weir((question + "tcp/81 -o json").split(" ")).out());
        String capture = "why --config " + config + " --namespace blue --pcap /dev/null";
        Outcome table = weir(capture.split(" "));
        assertGolden("why/capture.txt", table.out());
        assertEquals(ExitCode.USAGE, table.code());
        assertEquals("weir: the capture ends inside of packet 4; what came before it is whole\n", table.err());
        assertGolden("why/capture.json", weir((capture + " -o json").split(" ")).out());
    }

    /// Answers as a kernel might.
    private static final class Asker implements Wiring.Asker {
        private static final Judgement DENIED = new Judgement(
                Verdict.DENY, DropReason.POLICY, "web", "default", Direction.INGRESS, Judgement.Basis.NEW, 3);
        private static final Judgement CACHED =
                new Judgement(Verdict.ALLOW, null, "web", "http", Direction.INGRESS, Judgement.Basis.CACHED, 3);
        private static final Judgement MALFORMED =
                new Judgement(Verdict.DENY, DropReason.MALFORMED, "", null, null, Judgement.Basis.NEW, 3);

        @Override
        public WhyView ask(WeirConfig config, Question question) {
            return new WhyView(
                    question.namespace(),
                    "veth-blue",
                    7,
                    question.direction(),
                    IpAddress.parse("10.0.0.3"),
                    question.peer(),
                    "red",
                    question.service().toString(),
                    DENIED,
                    new ExplanationView.Place("/etc/weir/policies/web.yaml", 4, 12),
                    List.of("blue has 2 devices; this is veth-blue, --device names another"));
        }

        @Override
        public CaptureView replay(WeirConfig config, CaptureQuestion question, InputStream capture) {
            return new CaptureView(
                    question.namespace(),
                    "veth-blue",
                    List.of(
                            packet(1, "tcp", 40_000, 80, Direction.INGRESS, CACHED, null),
                            packet(2, "udp", 53, 53, Direction.EGRESS, MALFORMED, null),
                            packet(3, "icmp/8/0", null, null, null, null, "not of this namespace")),
                    new TreeMap<>(Map.of("allow", 1, "deny", 1, "not of this namespace", 1)),
                    1,
                    2,
                    false,
                    "the capture ends inside of packet 4; what came before it is whole",
                    List.of());
        }

        private static CaptureView.Packet packet(
                int number,
                String protocol,
                @Nullable Integer sourcePort,
                @Nullable Integer destinationPort,
                @Nullable Direction direction,
                @Nullable Judgement judgement,
                @Nullable String skipped) {
            return new CaptureView.Packet(
                    number,
                    Instant.ofEpochSecond(1_700_000_000, 123_456_000L * number),
                    protocol,
                    IpAddress.parse("10.0.0.2"),
                    sourcePort,
                    IpAddress.parse("10.0.0.3"),
                    destinationPort,
                    direction,
                    judgement,
                    skipped);
        }
    }

    private List<String> verbs() {
        return List.copyOf(Weir.commandLine(wiring, false).getSubcommands().keySet());
    }

    private List<String> shownVerbs() {
        return Weir.commandLine(wiring, false).getSubcommands().values().stream()
                .filter(verb -> !verb.getCommandSpec().usageMessage().hidden())
                .map(verb -> verb.getCommandName())
                .toList();
    }

    private HttpServer serve() throws Exception {
        return HttpServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), view);
    }

    private void fail() throws CommandFailure {
        switch (failure) {
            case null -> {}
            case CommandFailure expected -> throw expected;
            case RuntimeException unexpected -> throw unexpected;
            default -> throw new AssertionError(failure);
        }
    }

    private Outcome weir(String... arguments) {
        return weir(false, arguments);
    }

    private Outcome weir(boolean debug, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        ExitCode code = Weir.run(wiring, debug, new PrintWriter(out), new PrintWriter(err), arguments);
        return new Outcome(code, out.toString(), err.toString());
    }

    /// Finds a change only where a namespace is named; cuts the first flow and lets the second finish.
    private final class Differ implements Wiring.Differ {
        @Override
        public DiffView compare(WeirConfig with, Path was, Path now, @Nullable String namespace)
                throws RefusedPolicies {
            if (!errors.isEmpty()) {
                throw new RefusedPolicies(errors);
            }
            DiffView.Change change = new DiffView.Change(
                    namespace + " ingress: any",
                    List.of(String.valueOf(namespace)),
                    Direction.INGRESS,
                    new DiffView.Cover(List.of("any"), List.of()),
                    List.of(),
                    new DiffView.Answer(Verdict.ALLOW, List.of(), 0),
                    new DiffView.Answer(Verdict.DENY, List.of(), 0));
            return namespace == null ? new DiffView(List.of(), 0) : new DiffView(List.of(change), 2);
        }

        @Override
        public Wiring.FlowJudge candidate(
                WeirConfig with, Path now, List<NamespaceView> namespaces, PoliciesView inForce) {
            List<LiveDiffView.Fate> fates = new ArrayList<>(List.of(LiveDiffView.Fate.CUT, LiveDiffView.Fate.FINISH));
            return flow -> fates.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new LiveDiffView.Stopped(
                            flow, fates.removeFirst(), Verdict.DENY, Direction.INGRESS, "new", "default"));
        }
    }
}
