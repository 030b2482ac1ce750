// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.secret;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a client shows so that it is answered (RFC 6750).
public final class BearerToken {
    private static final int MIN_CHARACTERS = 32;
    private static final int MAX_CHARACTERS = 1024;
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._~+/-]+=*"); // b68token of RFC 6750, section 2.1
    private static final Pattern CREDENTIALS = Pattern.compile("(?i:Bearer) +([^ ]{1," + MAX_CHARACTERS + "}) *");

    private final byte[] token;

    private BearerToken(String token) {
        this.token = token.getBytes(StandardCharsets.US_ASCII);
    }

    /// The token in a file, without the white space at its end.
    public static BearerToken read(SecretFile file) throws SecretException {
        return of(file, file.read());
    }

    /// The same of what was read.
    public static BearerToken of(SecretFile file, String text) throws SecretException {
        String token = text.stripTrailing();
        if (token.length() < MIN_CHARACTERS || token.length() > MAX_CHARACTERS) {
            throw file.wrong("it has %d characters, expected %d to %d; make one with: openssl rand -hex 32"
                    .formatted(token.length(), MIN_CHARACTERS, MAX_CHARACTERS));
        }
        if (!FORM.matcher(token).matches()) {
            throw file.wrong("expected one line of letters, digits and . _ ~ + / -, with = at the end at most;"
                    + " make one with: openssl rand -hex 32");
        }
        return new BearerToken(token);
    }

    /// Whether this is what a client shows. It takes the same time wherever the first difference is.
    ///
    /// @param credentials its `Authorization`
    public boolean isShownBy(String credentials) {
        Matcher matcher = CREDENTIALS.matcher(credentials);
        return matcher.matches() && MessageDigest.isEqual(matcher.group(1).getBytes(StandardCharsets.UTF_8), token);
    }

    /// The `Authorization` of a client that shows it.
    public String credentials() {
        return "Bearer " + new String(token, StandardCharsets.US_ASCII);
    }
}
