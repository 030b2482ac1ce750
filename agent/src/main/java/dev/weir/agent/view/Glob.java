// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

/// A pattern over a whole name: `*` stands for any run of characters, `?` for one, all else for itself.
public record Glob(String pattern) {
    /// Takes at most `pattern.length() * name.length()` steps: only the last `*` is ever tried again.
    public boolean matches(String name) {
        int at = 0;
        int in = 0;
        int star = -1;
        int resume = 0;
        while (in < name.length()) {
            if (at < pattern.length() && pattern.charAt(at) == '*') {
                star = at++;
                resume = in;
            } else if (at < pattern.length() && (pattern.charAt(at) == '?' || pattern.charAt(at) == name.charAt(in))) {
                at++;
                in++;
            } else if (star >= 0) {
                at = star + 1;
                in = ++resume;
            } else {
                return false;
            }
        }
        while (at < pattern.length() && pattern.charAt(at) == '*') {
            at++;
        }
        return at == pattern.length();
    }
}
