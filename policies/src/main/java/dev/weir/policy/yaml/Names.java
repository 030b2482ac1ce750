// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.policy.Glob;
import dev.weir.yaml.Words;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What texts may be names.
final class Names {
    /// So that a name and the NUL after it fit `WEIR_NAME_BYTES` of `abi.h`.
    static final int MAX_BYTES = 63;

    private Names() {}

    /// Why the text cannot be a name; empty if it can.
    static Optional<String> problem(String text) {
        if (text.isEmpty()) {
            return Optional.of("it is empty, expected 1 to " + MAX_BYTES + " bytes");
        }
        if (!text.codePoints().allMatch(Words::isVisible)) {
            return Optional.of("it holds a control character, expected visible text");
        }
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        return bytes <= MAX_BYTES
                ? Optional.empty()
                : Optional.of("it is " + bytes + " bytes long, expected at most " + MAX_BYTES);
    }

    /// A name or a pattern of names.
    ///
    /// @param what is called so, for the message: `the namespace`
    static Glob glob(String text, String what) throws BadValue {
        return new Glob(name(text, what));
    }

    /// A name.
    ///
    /// @param what is called so, for the message: `the namespace`
    static String name(String text, String what) throws BadValue {
        String problem = problem(text).orElse("");
        if (!problem.isEmpty()) {
            throw new BadValue(what + " `" + Words.shortened(text) + "` cannot be: " + problem);
        }
        return text;
    }
}
