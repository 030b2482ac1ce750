// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import java.util.regex.Pattern;

/// Words for a shell. Whoever is root in a namespace can call a device `$(reboot)`.
final class Quoted {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+=,-]+");

    private Quoted() {}

    /// `word` so that a shell takes it as it is.
    static String of(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
