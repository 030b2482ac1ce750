// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.view.PolicyCheck;
import dev.weir.agent.view.PolicyError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckTest {
    @TempDir
    private Path directory;

    private PolicyCheck check(String rules) throws IOException {
        Files.writeString(directory.resolve("web.yaml"), """
                applies-to: {namespaces: ["*"]}
                ingress:
                  rules:
                """ + rules);
        return Check.run(List.of(directory), WeirConfig.DEFAULT);
    }

    @Test
    void warningHasItsPlaceAndItsLine() throws IOException {
        PolicyCheck found = check("""
                    - {name: wide, allow: tcp, from: 198.51.100.0/24}
                    - {name: narrow, deny: tcp/22, from: 198.51.100.7}
                """);
        assertEquals(List.of(), found.errors());
        assertEquals(
                List.of(new PolicyError(
                        directory.resolve("web.yaml").toString(),
                        5,
                        7,
                        "this rule never decides anything: `wide` in line 4 matches all that it does, and is judged first",
                        "    - {name: narrow, deny: tcp/22, from: 198.51.100.7}")),
                found.warnings());
    }

    @Test
    void warningsComeWithErrorsToo() throws IOException {
        PolicyCheck found = check("""
                    - {allow: tcp/99999}
                sets: {unused: [192.0.2.1]}
                """);
        assertEquals(1, found.errors().size());
        assertEquals(1, found.warnings().size());
    }
}
