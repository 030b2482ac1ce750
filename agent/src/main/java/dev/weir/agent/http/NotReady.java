// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.view.StatusView;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;

/// A [Problem] that also tells what [StatusView.Readiness] does.
record NotReady(
        String type,
        String title,
        int status,
        String detail,
        StatusView.State state,
        long generation,
        List<String> why) {
    NotReady {
        why = List.copyOf(why);
    }

    static NotReady of(StatusView.Readiness readiness) {
        HttpResponseStatus status = HttpResponseStatus.SERVICE_UNAVAILABLE;
        return new NotReady(
                Problem.BLANK,
                status.reasonPhrase(),
                status.code(),
                "not every selected device is enforced",
                readiness.state(),
                readiness.generation(),
                readiness.why());
    }
}
