// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.agent.metrics.WeirMetrics.Format;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptHeaderTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/openmetrics-text",
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                "Application/OpenMetrics-Text;Version=\"1.0.0\"",
                "application/openmetrics-text,text/plain",
                "application/openmetrics-text;q=0.5,*/*;q=0.5",
                "text/plain;q=0.5,application/openmetrics-text;q=0.51",
                "application/*,text/plain;q=0.9",
                "text/html;x=\"a,b;q=0\",application/openmetrics-text",
                // Prometheus 2.42
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                        + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            })
    void openMetricsIsServedWhereItIsPreferred(String accept) {
        assertEquals(Format.OPENMETRICS, Format.accepted(accept));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*/*",
                "text/html",
                "text/plain",
                "text/plain;version=0.0.4,*/*;q=0.1",
                "application/*,text/*",
                "application/openmetrics-text;q=0",
                "application/openmetrics-text;q=0,*/*",
                "application/openmetrics-text;q=0.4,text/plain;q=0.8",
                "application/openmetrics-text;q=0.1,*/*",
                "application/openmetrics-text;q=2",
                "application/openmetrics-text;q=",
                "application/openmetrics-text;version=2.0.0",
                "application/openmetrics-text;version=0.0.1",
                "x=\"application/openmetrics-text\",\"application/openmetrics-text",
                ",;,;;=,",
            })
    void prometheusTextIsServedElsewhere(String accept) {
        assertEquals(Format.PROMETHEUS, Format.accepted(accept));
    }

    @Test
    void prometheusTextIsServedWhereNothingIsAskedFor() {
        assertEquals(Format.PROMETHEUS, Format.accepted(null));
    }

    @Property
    void anyTextIsTakenForSomeForm(@ForAll String accept) {
        Format.accepted(accept);
        Format.accepted("application/openmetrics-text;" + accept + ",\"" + accept);
    }
}
