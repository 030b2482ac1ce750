// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

/// A text that does not say what its place needs; the text is for the user. Caught where the place is known.
final class BadValue extends Exception {
    private static final long serialVersionUID = 1L;

    private final String problem;

    BadValue(String problem) {
        super(problem, null, false, false);
        this.problem = problem;
    }

    String problem() {
        return problem;
    }
}
