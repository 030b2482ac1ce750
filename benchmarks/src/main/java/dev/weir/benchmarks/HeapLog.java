// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// What a JVM writes with `-Xlog:gc:file=…`: a line such as `GC(7) Pause Young (Allocation Failure)
/// 39M->27M(62M) 1.8ms` for each collection.
final class HeapLog {
    private static final Pattern BEFORE = Pattern.compile("(\\d+)M->");

    private HeapLog() {}

    /// The most that the heap held when a collection began; 0 if none did.
    static double peakMebibytes(Path log) {
        try {
            return BEFORE.matcher(Files.readString(log))
                    .results()
                    .map(MatchResult::group)
                    .mapToInt(found -> Integer.parseInt(found.substring(0, found.length() - 3)))
                    .max()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException("read the log of the collector", e);
        }
    }
}
