// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.config.NamespaceRecord;
import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// What commands that make namespaces could leave on this host.
final class HostTraces {
    private static final List<String> COMMANDS = List.of(
            "ip netns", "ip -o link", "ip -o address", "ip route show table all", "ip rule", "nft list ruleset");

    private HostTraces() {}

    /// All of it as one text, but for numbers that only go up, what IPv6 does by itself, the MAC that a bridge has
    /// from its ports, and what the kernel notes in its own time of devices whose other end has come up.
    static String now() {
        StringBuilder all = new StringBuilder();
        COMMANDS.forEach(command -> all.append(Shell.run(command)));
        return all.toString()
                        .replaceAll(
                                "(?m)^.*(fe80|ff00)::.*\n|^\\d+: |link/ether [0-9a-f:]+| \\(id: \\d+\\)"
                                        + "|state [A-Z]+|NO-CARRIER,|,LOWER_UP| linkdown",
                                "")
                + records();
    }

    /// Names of the records of `weir netns add`.
    static List<String> records() {
        if (!Files.isDirectory(NamespaceRecord.DIRECTORY)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(NamespaceRecord.DIRECTORY)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
