// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.secret.BearerToken;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Who is answered: whoever can connect, or who shows a token.
///
/// @param token that is asked for; null: none is
/// @param anyHost whether it does not matter by which name a client calls this host. A name that a foreign page points
///     at it (DNS rebinding) reaches neither a Unix socket nor a token
/// @param refusals counts those that were not answered
record Guard(@Nullable Renewed<BearerToken> token, boolean anyHost, LongAdder refusals) {
    /// Whether a request with these headers comes from somebody who may ask.
    boolean admits(HttpHeaders headers) {
        if (token == null) {
            return true;
        }
        List<String> shown = headers.getAll(HttpHeaderNames.AUTHORIZATION);
        return shown.size() == 1 && token.now().isShownBy(shown.getFirst());
    }

    /// What somebody else is told (RFC 6750, section 3).
    Reply refuse() {
        refusals.increment();
        return Reply.problem(
                HttpResponseStatus.UNAUTHORIZED,
                "this agent answers who shows its token, as `Authorization: Bearer TOKEN`; the file `token-file` of weir.yaml holds it",
                List.of(),
                Map.of("www-authenticate", "Bearer realm=\"weir\""));
    }
}
