// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/// Collects what is wrong with one file.
final class Findings {
    private record Finding(int line, int column, String message) {}

    private final String file;
    private final List<Finding> found = new ArrayList<>();

    Findings(String file) {
        this.file = file;
    }

    void add(Node node, String message) {
        add(node.getStartMark(), message);
    }

    void add(Optional<Mark> mark, String message) {
        int line = mark.map(Mark::getLine).orElse(0) + 1;
        found.add(new Finding(line, mark.map(Mark::getColumn).orElse(0) + 1, message));
    }

    void throwIfAny() throws ConfigException {
        if (!found.isEmpty()) {
            throw new ConfigException(found.stream()
                    .sorted(Comparator.comparingInt(Finding::line).thenComparingInt(Finding::column))
                    .map(each -> file + ":" + each.line + ":" + each.column + ": " + each.message)
                    .toList());
        }
    }
}
