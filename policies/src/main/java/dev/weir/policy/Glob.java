// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

/// A pattern for names: `*` stands for any run of characters, also none, `?` for exactly one; every other
/// character stands for itself. Case matters.
public record Glob(String pattern) {
    private static final Glob EVERYTHING = new Glob("*");

    /// Whether the pattern is a plain name, so that only one text matches.
    public boolean isName() {
        return pattern.indexOf('*') < 0 && pattern.indexOf('?') < 0;
    }

    /// Whether every name that the other pattern matches is surely matched by this one too; `false` decides
    /// nothing.
    public boolean covers(Glob other) {
        return matches(other.pattern, true);
    }

    /// Whether every name matches.
    public boolean isEverything() {
        return covers(EVERYTHING);
    }

    public boolean matches(String name) {
        return matches(name, false);
    }

    /// Takes at most pattern length times text length steps: after a mismatch only the latest `*` needs to give
    /// way.
    ///
    /// @param asPattern whether a `*` in the text stands for any run of characters, which only a `*` matches
    private boolean matches(String text, boolean asPattern) {
        int p = 0;
        int n = 0;
        int star = -1;
        int starText = 0;
        while (n < text.length()) {
            char wanted = p < pattern.length() ? pattern.charAt(p) : 0;
            char given = text.charAt(n);
            if (p < pattern.length() && wanted == '*') {
                star = p++;
                starText = n;
            } else if (p < pattern.length() && (wanted == given || (wanted == '?' && !(asPattern && given == '*')))) {
                p++;
                n++;
            } else if (star >= 0) {
                p = star + 1;
                n = ++starText;
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
