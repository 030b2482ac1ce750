// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/// Why a request got no answer, as `application/problem+json` (RFC 9457).
/// @param errors a sentence for each thing that is wrong, where there may be several
record Problem(
        String type,
        String title,
        int status,
        String detail,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> errors) {
    /// What `type` says where the status tells it all.
    static final String BLANK = "about:blank";

    Problem {
        errors = List.copyOf(errors);
    }
}
