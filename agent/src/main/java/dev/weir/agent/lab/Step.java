// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import java.util.Optional;

/// One command, as a person would type it into a shell, and what it makes.
///
/// @param line for `sh -c`
/// @param made what has to be removed to take it back; empty where that goes with something made before
record Step(String line, Optional<Made> made) {
    /// A command whose effect goes with what was made before.
    static Step of(String line) {
        return new Step(line, Optional.empty());
    }

    static Step making(Made made, String line) {
        return new Step(line, Optional.of(made));
    }
}
