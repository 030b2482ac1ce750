// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

/// A pattern for names: `*` stands for any run of characters, also none, `?` for exactly one; every other character
/// stands
/// for itself. Case matters.
public record Glob(String pattern) {
    /// Whether the pattern is a plain name, so that only one text matches.
    public boolean isName() {
        return pattern.indexOf('*') < 0 && pattern.indexOf('?') < 0;
    }

    /// Takes at most pattern length times name length steps: after a mismatch only the latest `*` needs to give way.
    public boolean matches(String name) {
        int p = 0;
        int n = 0;
        int star = -1;
        int starName = 0;
        while (n < name.length()) {
            char wanted = p < pattern.length() ? pattern.charAt(p) : 0;
            if (p < pattern.length() && wanted == '*') {
                star = p++;
                starName = n;
            } else if (p < pattern.length() && (wanted == '?' || wanted == name.charAt(n))) {
                p++;
                n++;
            } else if (star >= 0) {
                p = star + 1;
                n = ++starName;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    @Override
    public String toString() {
        return pattern;
    }
}
