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
                {"version":"0.1.0","state":"not-enforcing",\
                "why":["device veth-red (ifindex 9, vantage host) of namespace red is not enforced: \
                attach weir_tcx_in: EPERM","web.yaml:3:5: unknown key"],"generation":3,"policyHash":"9f86d081884c7d65",\
                "appliedAt":"2026-01-02T03:04:05Z","startedAt":"2026-01-02T03:03:05Z","pid":4711,\
                "policyDirectory":"/etc/weir/policies",\
                "vantages":[{"name":"host","problem":null},\
                {"name":"router","problem":"no network namespace is called so"}],"devices":[{"namespace":"red","device":"veth-red","ifindex":9,\
                "vantage":"host","hooks":[],"attached":false,"error":"attach weir_tcx_in: EPERM",\
                "withoutXdp":null}],\
                "drift":[{"kind":"foreign","namespace":"blue","device":"veth-blue","hook":"tcx",\
                "what":"program take (number 7) stands in front of Weir on TCX INGRESS",\
                "since":"2026-01-02T03:04:05Z","ended":null,"remedy":"have its owner attach it behind"},\
                {"kind":"pin-missing","namespace":null,"device":null,"hook":null,"what":"1 pin was taken away",\
                "since":"2026-01-02T03:04:05Z","ended":"2026-01-02T03:04:05Z","remedy":null}],\
                "maps":[{"name":"weir_flows","entries":2,"capacity":65536}],"refusedAddresses":1,\
                "lastError":"web.yaml:3:5: unknown key"}""", text(SampleView.status(StatusView.State.NOT_ENFORCING, SampleView.DETACHED)));
    }

    @Test
    void everyViewIsReadAsItWasWritten() throws Exception {
        returns(sample.status(), StatusView.class);
        returns(SampleView.status(StatusView.State.ENFORCING_OLDER, SampleView.DETACHED), StatusView.class);
        returns(new NamespaceView.Listing(sample.namespaces(), sample.hostAddresses()), NamespaceView.Listing.class);
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
    void whatIsNotEnforcedIsNamed() {
        assertEquals(List.of(), StatusView.missing(1, List.of(SampleView.ATTACHED)));
        assertEquals(
                List.of(
                        "no policy is enforced yet",
                        "device veth-red (ifindex 9, vantage host) of namespace red is not enforced: "
                                + "attach weir_tcx_in: EPERM"),
                StatusView.missing(0, List.of(SampleView.ATTACHED, SampleView.DETACHED)));
    }

    @Test
    void whatIsMissingOutweighsWhatIsOld() {
        assertEquals(StatusView.State.ENFORCING, StatusView.State.of(List.of(), List.of()));
        assertEquals(StatusView.State.ENFORCING_OLDER, StatusView.State.of(List.of(), List.of("old")));
        assertEquals(StatusView.State.NOT_ENFORCING, StatusView.State.of(List.of("missing"), List.of("old")));
    }

    private static <T> void returns(T value, Class<T> type) throws IOException {
        assertEquals(value, Json.read(Json.write(value), type));
    }

    private static String text(Object value) {
        return new String(Json.write(value), UTF_8);
    }
}
