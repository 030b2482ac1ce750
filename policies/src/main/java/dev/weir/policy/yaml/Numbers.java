// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.yaml.Words;

/// Numbers inside of values: plain decimal, no sign, no leading zero.
final class Numbers {
    private Numbers() {}

    /// Reads a number from 0 to `max`, which is at most nine digits long.
    ///
    /// @param what the number is, for the message: `a port`
    static int read(String text, int max, String what) throws BadValue {
        int value = 0;
        boolean plain = !text.isEmpty() && text.length() <= 9 && (text.length() == 1 || text.charAt(0) != '0');
        for (int i = 0; plain && i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            plain = digit >= 0 && digit <= 9;
            value = value * 10 + digit;
        }
        if (!plain || value > max) {
            throw new BadValue(
                    "`" + Words.shortened(text) + "` is not " + what + ", expected a number from 0 to " + max);
        }
        return value;
    }
}
