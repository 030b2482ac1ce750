// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.http.HttpServer;
import dev.weir.agent.view.SampleView;
import org.junit.jupiter.api.Test;

/// `weir suggest`, of the flows of a sample.
class SuggestCommandTest extends CommandTest {
    @Test
    void suggestionIsReadOfAllPages() throws Exception {
        for (int port = 1; port <= 10_100; port++) {
            view.flows.add(SampleView.flow("blue", "10.0.0.2", port, "198.51.100.9", 40000, 700));
        }
        try (HttpServer server = serve()) {
            String agent = "127.0.0.1:" + server.address().getPort();
            Outcome outcome = weir("suggest", "--namespace", "blue", "--name", "all", "--agent", agent);
            assertEquals(ExitCode.OK, outcome.code(), outcome.err());
            assertTrue(outcome.out().contains("what its 10102 live flows did"), outcome.out());
            assertTrue(outcome.out().contains("- allow: tcp/1-10100\n      from: 198.51.100.9\n"), outcome.out());
            assertTrue(outcome.out().contains("- allow: tcp/80\n      from: host\n"), outcome.out());
        }
    }

    @Test
    void namespaceThatIsNotThereIsAFailure() throws Exception {
        try (HttpServer server = serve()) {
            Outcome outcome = suggest(server, "absent");
            assertEquals(ExitCode.FAILED, outcome.code());
            assertEquals(
                    "weir: suggest a policy for namespace absent: there is no such namespace; `weir namespaces` lists all\n",
                    outcome.err());
        }
    }

    @Test
    void withoutFlowsNothingIsSuggested() throws Exception {
        view.flows.clear();
        try (HttpServer server = serve()) {
            Outcome outcome = suggest(server, "blue");
            assertEquals(ExitCode.FAILED, outcome.code());
            assertEquals("", outcome.out());
            assertTrue(outcome.err().contains("has no live flow that passes"), outcome.err());
        }
    }

    @Test
    void nameThatNoPolicyCanHaveIsAFailure() throws Exception {
        try (HttpServer server = serve()) {
            Outcome outcome = suggest(server, "blue", "--name", "a\nb");
            assertEquals(ExitCode.FAILED, outcome.code());
            assertEquals("", outcome.out());
            assertTrue(outcome.err().contains("the policy's name cannot be"), outcome.err());
        }
    }

    private Outcome suggest(HttpServer server, String namespace, String... options) {
        String[] words = new String[5 + options.length];
        String[] first = {
            "suggest",
            "--namespace",
            namespace,
            "--agent",
            "127.0.0.1:" + server.address().getPort()
        };
        System.arraycopy(first, 0, words, 0, first.length);
        System.arraycopy(options, 0, words, first.length, options.length);
        return weir(words);
    }
}
