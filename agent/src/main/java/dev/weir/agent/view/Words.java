// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// How constants are written for users: `NOT_ENFORCING` is `not-enforcing`.
final class Words {
    private Words() {}

    static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static <E extends Enum<E>> List<String> all(Class<E> type) {
        return Arrays.stream(type.getEnumConstants()).map(Words::of).toList();
    }

    /// The constant that `text` is the word of.
    /// @throws IllegalArgumentException names those that there are
    static <E extends Enum<E>> E constant(Class<E> type, String text) {
        for (E constant : type.getEnumConstants()) {
            if (of(constant).equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("'" + text + "' is not one of " + all(type));
    }
}
