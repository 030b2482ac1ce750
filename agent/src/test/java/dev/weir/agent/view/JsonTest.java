// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTest {
    private final SampleView sample = new SampleView();

    @Test
    void flowIsWrittenAsTheContractSays() {
        assertEquals("""
                {"flows":[{"namespace":"red","device":"veth-red","direction":"ingress","protocol":"tcp",\
                "insideAddress":"10.0.0.3","insidePort":80,"outsideAddress":"198.51.100.7","outsidePort":40002,\
                "service":"tcp/80","verdict":"allow","policy":"web","rule":"#1","packetsEgress":0,"packetsIngress":0,\
                "bytesEgress":70,"bytesIngress":0,"openedAt":"2026-01-02T03:04:05Z",\
                "lastSeenAt":"2026-01-02T03:04:10Z","ageSeconds":5,"state":"established","handshakeMicros":350}],\
                "nextCursor":null,"matched":3,"scanned":3}""", text(new FlowPage(List.of(sample.flows.getLast()), null, 3, 3)));
    }

    @Test
    void statusIsWrittenAsTheContractSays() {
        assertEquals("""
                {"version":"0.1.0","state":"not-enforcing","generation":3,"policyHash":"9f86d081884c7d65",\
                "appliedAt":"2026-01-02T03:04:05Z","startedAt":"2026-01-02T03:03:05Z","pid":4711,\
                "policyDirectory":"/etc/weir/policies","devices":[{"namespace":"red","device":"veth-red","ifindex":9,\
                "vantage":"host","hooks":[],"attached":false,"error":"attach weir_tcx_in: EPERM",\
                "withoutXdp":null}],\
                "maps":[{"name":"weir_flows","entries":2,"capacity":65536}],"refusedAddresses":1,\
                "lastError":"web.yaml:3:5: unknown key"}""", text(SampleView.status(StatusView.State.NOT_ENFORCING, SampleView.DETACHED)));
    }

    @Test
    void everyViewIsReadAsItWasWritten() throws Exception {
        returns(sample.status(), StatusView.class);
        returns(SampleView.status(StatusView.State.STALE, SampleView.DETACHED), StatusView.class);
        returns(new NamespaceView.Listing(sample.namespaces()), NamespaceView.Listing.class);
        returns(sample.policies(), PoliciesView.class);
        returns(sample.flows(FlowQuery.ALL), FlowPage.class);
    }

    @Test
    void malformedAnswerIsAnError() {
        for (String bad : List.of("", "null", "[]", "{\"flows\":[{\"openedAt\":\"yesterday\"}]}")) {
            assertThrows(IOException.class, () -> Json.read(bad.getBytes(UTF_8), FlowPage.class), bad);
        }
    }

    @Test
    void unreadyStatusSaysWhy() {
        assertEquals(
                List.of(
                        "no policy is enforced: web.yaml:3:5: unknown key",
                        "device veth-red (ifindex 9, vantage host) of namespace red is not enforced: "
                                + "attach weir_tcx_in: EPERM"),
                SampleView.status(StatusView.State.NOT_ENFORCING, SampleView.ATTACHED, SampleView.DETACHED)
                        .unready());
    }

    private static <T> void returns(T value, Class<T> type) throws IOException {
        assertEquals(value, Json.read(Json.write(value), type));
    }

    private static String text(Object value) {
        return new String(Json.write(value), UTF_8);
    }
}
