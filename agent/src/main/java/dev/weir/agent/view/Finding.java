// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;

/// Something wrong with the host or a namespace.
///
/// @param where such as `namespace blue`
/// @param what is wrong, a sentence
/// @param why it matters, a sentence
/// @param mend a line for a shell that puts it right; names in it that others have chosen are quoted
public record Finding(Severity severity, Pitfall pitfall, String where, String what, String why, String mend) {
    /// How bad it is.
    public enum Severity {
        /// Something does not work, or is not enforced.
        ERROR,
        /// It works, but costs or misleads.
        WARNING;

        private final String word = Words.of(this);

        @JsonValue
        public String word() {
            return word;
        }
    }

    public static Finding error(Pitfall pitfall, String where, String what, String why, String mend) {
        return new Finding(Severity.ERROR, pitfall, where, what, why, mend);
    }

    public static Finding warning(Pitfall pitfall, String where, String what, String why, String mend) {
        return new Finding(Severity.WARNING, pitfall, where, what, why, mend);
    }
}
