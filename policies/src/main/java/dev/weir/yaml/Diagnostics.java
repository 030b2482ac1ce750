// SPDX-License-Identifier: Apache-2.0
package dev.weir.yaml;

import java.util.ArrayList;
import java.util.List;

/// Collects what is found wrong, up to a bound, so that a hostile file cannot fill the memory with messages
/// about itself.
public final class Diagnostics {
    /// Messages that are kept.
    public static final int MAX = 1000;

    private final List<Diagnostic> found = new ArrayList<>();
    private int leftOut;
    private boolean anyError;

    /// Adds one, unless there is no room any more.
    public void add(Diagnostic diagnostic) {
        anyError |= diagnostic.severity() == Diagnostic.Severity.ERROR;
        if (found.size() < MAX) {
            found.add(diagnostic);
        } else {
            leftOut++;
        }
    }

    /// Takes over all that another has collected.
    public void addAll(Diagnostics other) {
        other.found.forEach(this::add);
        leftOut += other.leftOut;
        anyError |= other.anyError;
    }

    /// Whether one is more than a warning.
    public boolean anyError() {
        return anyError;
    }

    /// By file, line and column; if some had no room, the last one says how many.
    public List<Diagnostic> sorted() {
        List<Diagnostic> all = new ArrayList<>(found);
        all.sort(Diagnostic.BY_PLACE);
        if (leftOut > 0) {
            Diagnostic last = all.getLast();
            String message = leftOut + " more are left out; mend these first";
            all.add(new Diagnostic(
                    anyError ? Diagnostic.Severity.ERROR : Diagnostic.Severity.WARNING,
                    last.file(),
                    last.line(),
                    last.column(),
                    message,
                    last.sourceLine()));
        }
        return List.copyOf(all);
    }
}
