// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;

/// What a test measured, for people: a line each, `name = value (how)`, on the console and in
/// `target/figures/NAME`, from where `scripts/prove` takes it into `docs/reliability.md`.
final class Figures {
    /// Whether tests are to try as hard as they can, however long it takes; else as hard as fits into `make test`.
    static final boolean FULL = Boolean.getBoolean("weir.prove");

    private final Path file;

    /// Begins anew.
    ///
    /// @param name of the table in `docs/reliability.md`
    Figures(String name) {
        file = Path.of("target", "figures", name);
        try {
            Files.createDirectories(file.getParent());
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("make room for " + file, e);
        }
    }

    /// @param value with its unit
    /// @param how it was measured, in a few words
    Figures add(String name, String value, String how) {
        String line = "%s = %s (%s)%n".formatted(name, value, how);
        System.out.print(line);
        try {
            Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("write " + file, e);
        }
        return this;
    }

    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /// Median, 99th percentile and worst of some times, in milliseconds.
    static String millis(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        int last = sorted.length - 1;
        return String.format(
                Locale.ROOT,
                "median %.1f, p99 %.1f, worst %.1f ms",
                sorted[last / 2] / 1e6,
                sorted[(int) Math.ceil(last * 0.99)] / 1e6,
                sorted[last] / 1e6);
    }
}
