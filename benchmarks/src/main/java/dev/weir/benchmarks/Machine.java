// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.stream.Stream;

/// What figures depend on beside the code.
///
/// @param date of today, UTC
/// @param commit of the checkout, with `-dirty` if it has changes
record Machine(LocalDate date, String commit, String kernel, String processor, int processors, String java) {
    static Machine here() throws IOException {
        return new Machine(
                LocalDate.now(ZoneOffset.UTC),
                System.getProperty("weir.commit", "unknown"),
                Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip(),
                processorModel(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
    }

    /// The head of the report.
    String header(Effort effort) {
        return """
                # Benchmarks of %s

                | | |
                |---|---|
                | commit | %s |
                | kernel | %s |
                | processor | %d × %s |
                | JDK | %s |
                | run | `make bench%s` |

                """.formatted(
                        date,
                        commit,
                        kernel,
                        processors,
                        processor,
                        java,
                        effort == Effort.FULL ? "" : "-" + effort.name().toLowerCase(Locale.ROOT));
    }

    private static String processorModel() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        }
    }
}
