// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static dev.weir.agent.Golden.assertGolden;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.http.HttpServer;
import dev.weir.agent.view.PolicyError;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The commands about policies: check, explain, diff and why.
class PolicyCommandsTest extends CommandTest {
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
    void questionIsAboutANamespaceOrADevice() {
        for (String verb : List.of("explain", "why")) {
            String rest = " --config " + config + " --direction ingress --peer 10.0.0.2 --service tcp/80";
            Outcome nobodys = weir((verb + rest).split(" "));
            assertEquals(ExitCode.USAGE, nobodys.code());
            assertEquals(
                    "weir: " + verb + ": whose traffic? Say --namespace NAME, --device NAME, or both\n", nobodys.err());
            assertFalse(weir((verb + rest + " --device br0").split(" ")).err().contains("whose traffic"));
        }
    }

    @Test
    void diffToldAsLinesOrThatThereIsNone() {
        String path = directory.toString();
        assertEquals(
                "no traffic changes its verdict\n", weir("diff", path, path).out());
        Outcome outcome = weir("diff", path, path, "--namespace", "blue");
        assertEquals(ExitCode.OK, outcome.code());
        assertEquals("blue ingress: any\n", outcome.out());
        assertEquals("weir: 2 more changes are not shown; narrow it with --namespace or --device\n", outcome.err());
        assertEquals(
                "device:br0 ingress: any\n",
                weir("diff", path, path, "--device", "br0").out());
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
}
