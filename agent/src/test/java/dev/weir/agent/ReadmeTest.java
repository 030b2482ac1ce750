// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Topology;
import dev.weir.agent.cli.Weir;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What README.md says that `weir explain` and `weir lab up --show` answer is what they answer.
class ReadmeTest {
    /// A block that begins with the command, which may go on after a backslash, and ends with its answer.
    private static final Pattern BLOCK = Pattern.compile(
            "^```console\n\\$ dist/bin/weir ((?:explain|lab up) (?:.*\\\\\n)*.*)\n((?:.*\n)*?)```$", Pattern.MULTILINE);

    @Test
    void answersInTheReadmeAreThoseOfTheCommand() throws IOException {
        List<MatchResult> blocks = BLOCK.matcher(Files.readString(Path.of("../README.md")))
                .results()
                .toList();
        for (MatchResult block : blocks) {
            assertEquals(block.group(2), answer(block.group(1)), block.group(1));
        }
        assertTrue(blocks.size() >= 5 + Topology.values().length, blocks.size() + " blocks were found");
    }

    /// What a command answers that is given at the root of the sources; this test runs in a directory of it.
    private static String answer(String command) {
        List<String> words = List.of(command.split("[ \\\\\n]+")).stream()
                .map(word -> word.startsWith("policies/") ? "../" + word : word)
                .toList();
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        ExitCode code = Weir.run(
                Main.wiring(), false, new PrintWriter(out), new PrintWriter(err), words.toArray(String[]::new));
        assertEquals("", err.toString());
        assertEquals(ExitCode.OK, code);
        return out.toString().replace("../policies/", "policies/");
    }
}
