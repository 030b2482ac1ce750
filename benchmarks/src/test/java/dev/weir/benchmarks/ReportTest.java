// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportTest {
    private static final String RULES = """
            ## Packet path by rules

            How | it was measured.

            | rules   | established | denied <here> |
            |---------|-------------|---------------|
            | 1       | 80 (75–90)  | 100 (100–100) |
            | 100     | 80 (80–80)  | 150 (150–150) |
            | 10,000  | 80 (80–80)  | 200 (200–200) |

            """;

    private static final String WIRE = """
            ## Wire

            | traffic                   | no filter | no filter / no filter | tcx / no filter     | nftables / no filter | tcx / nftables |
            |---------------------------|-----------|-----------------------|---------------------|----------------------|----------------|
            | UDP, 60 bytes, thousand a second | 190 (181–196) | 1.003 (0.977–1.053) | 0.950 (0.900–1.000) | 0.500 (0.500–0.500) | 1.9 (1.9–1.9) |
            | TCP, round trip, µs       | 16.8 (16.5–18.5) | 0.998 (0.976–1.016) | 1.039 (1.024–1.094) | 1.090 (1.065–1.118) | 0.956 (0.927–1.058) |
            """;

    @Test
    void reportHasThePlotsOfItsSections() {
        assertEquals(Set.of("rules", "wire"), new Report(RULES + WIRE).plots().keySet());
        assertEquals(Set.of("wire"), new Report(WIRE).plots().keySet());
        assertEquals(Map.of(), new Report("## Compiler\n\n| call | time |\n|---|---|\n").plots());
    }

    @Test
    void reportAsJsonHasItsFiguresAsNumbers() throws Exception {
        String json = new Report("""
                # Benchmarks of today

                | | |
                |---|---|
                | commit | abc |

                ## Agent

                How it
                was measured.

                | what   | measured           | budget       |
                |--------|--------------------|--------------|
                | start  | 1,948.5 (920–1,950.0) ms | ≤ 500 ms: met |
                | flows  | 1,000              |              |
                | memory | 17.8 MiB           |              |
                """).json();

        JsonNode read = new JsonMapper().readTree(json);
        assertEquals("abc", read.at("/machine/commit").asText());
        assertEquals("How it was measured.", read.at("/sections/Agent/method").asText());
        JsonNode rows = read.at("/sections/Agent/rows");
        assertEquals("≤ 500 ms: met", rows.at("/0/budget").asText());
        assertEquals(1948.5, rows.at("/0/measured/median").asDouble());
        assertEquals(920, rows.at("/0/measured/lowQuartile").asDouble());
        assertEquals(1950, rows.at("/0/measured/highQuartile").asDouble());
        assertEquals("ms", rows.at("/0/measured/unit").asText());
        assertEquals(1000, rows.at("/1/measured").asDouble());
        assertEquals("MiB", rows.at("/2/measured/unit").asText());
        assertEquals("memory", rows.at("/2/what").asText());
    }

    /// Ten thousand is as far from a hundred as that is from one, and 200 ns are at the top.
    @Test
    void linesHaveAPointForEachRow() throws Exception {
        Document svg = parse(plot(RULES, "rules"));

        NodeList lines = svg.getElementsByTagName("polyline");
        assertEquals(2, lines.getLength());
        assertEquals("84.0,238.0 394.0,238.0 704.0,238.0", attribute(lines, 0, "points"));
        assertEquals("84.0,211.0 394.0,143.5 704.0,76.0", attribute(lines, 1, "points"));
        assertTrue(texts(svg).containsAll(List.of("1", "100", "10,000", "0", "50", "200", "denied <here>")));
        assertTrue(texts(svg).containsAll(List.of("rules of the policy (logarithmic)", "ns a packet")));
    }

    @Test
    void barsAreAsLongAsTheirRatios() throws Exception {
        Document svg = parse(plot(WIRE, "wire"));

        NodeList bars = svg.getElementsByTagName("rect");
        assertEquals("ground", attribute(bars, 0, "class"));
        assertEquals(1 + 4, bars.getLength());
        double tcx = Double.parseDouble(attribute(bars, 1, "width"));
        double nftables = Double.parseDouble(attribute(bars, 2, "width"));
        assertEquals(0.95 / 0.5, tcx / nftables, 0.01);
        assertTrue(
                texts(svg).containsAll(List.of("tcx", "nftables", "0.95", "0.50", "1.04", "1.09")),
                texts(svg)::toString);
        assertTrue(texts(svg).containsAll(List.of("UDP, 60 bytes", "TCP, round trip (less is better)")));
    }

    @Test
    void cellWithoutAFigureIsNamed() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> new Report(RULES.replace("80 (75–90)", "not measured")).plots())
                .getMessage();
        assertEquals("a table has \"not measured\" where a figure should be", message);
    }

    private static String plot(String markdown, String name) {
        String svg = new Report(markdown).plots().get(name);
        assertNotNull(svg, name);
        return svg;
    }

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }

    private static List<String> texts(Document svg) {
        NodeList texts = svg.getElementsByTagName("text");
        return IntStream.range(0, texts.getLength())
                .mapToObj(n -> texts.item(n).getTextContent())
                .toList();
    }

    private static String attribute(NodeList nodes, int index, String name) {
        return nodes.item(index) instanceof Element element ? element.getAttribute(name) : "";
    }
}
