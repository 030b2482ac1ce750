// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.ArrayList;
import java.util.List;

/// The parameters of a query are wrong.
public final class BadQuery extends Exception {
    private static final long serialVersionUID = 1;
    private final ArrayList<String> problems;

    BadQuery(List<String> problems) {
        super(String.join("; ", problems));
        this.problems = new ArrayList<>(problems);
    }

    /// A sentence for each wrong parameter.
    public List<String> problems() {
        return List.copyOf(problems);
    }
}
