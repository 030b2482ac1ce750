// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

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
}
