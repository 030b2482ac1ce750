// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.Golden;
import dev.weir.agent.metrics.WeirMetrics.Format;
import dev.weir.agent.view.SampleView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// docs/metrics.md says of each meter what its declaration says.
class MetricsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "metrics.md");
    private static final String BEGIN = "<!-- begin -->\n";
    private static final String END = "<!-- end -->\n";

    private final WeirMetrics metrics = new WeirMetrics(new SampleView());

    @Test
    void pageIsMadeFromTheDeclaration() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        assertTrue(begin >= BEGIN.length() && end >= begin, "the marks of the tables are missing");

        Golden.assertGolden(
                PAGE,
                page.substring(0, begin) + meters() + "\n### Of the agent's own process\n\n" + own()
                        + page.substring(end));
    }

    /// The declaration's word on `_created` is kept by what is served.
    @Test
    void thoseMetersTellWhenTheyBeganThatAreDeclaredTo() {
        String text = ScrapedText.of(metrics, Format.OPENMETRICS);
        Set<String> told = new TreeSet<>();
        text.lines()
                .filter(line -> line.startsWith("weir_")
                        && line.replaceAll("[{ ].*", "").endsWith("_created"))
                .forEach(line -> told.add(line.replaceAll("_created[{ ].*", "")));

        assertEquals(
                Arrays.stream(WeirMeter.values())
                        .filter(meter -> meter.began() != MeterBegan.UNTOLD)
                        .map(meter -> meter.text().replaceAll("_total$", ""))
                        .collect(Collectors.toCollection(TreeSet::new)),
                told);
    }

    private static String meters() {
        Map<MeterBegan, String> began = new EnumMap<>(Map.of(
                MeterBegan.NAMESPACE, "namespace",
                MeterBegan.AGENT, "agent",
                MeterBegan.UNTOLD, ""));
        StringBuilder table = new StringBuilder("""
                | name | kind | unit | labels | meaning | series | began with |
                |---|---|---|---|---|---|---|
                """);
        for (WeirMeter meter : WeirMeter.values()) {
            table.append("| `%s` | %s | %s | %s | %s | %s | %s |\n"
                    .formatted(
                            meter.text(),
                            meter.kind().word,
                            meter.unit(),
                            String.join(", ", meter.labels()),
                            meter.help(),
                            meter.series(),
                            began.get(meter.began())));
        }
        return table.toString();
    }

    /// Those that the registry holds, as it describes them to a scraper.
    private String own() {
        Map<String, String> helps = new TreeMap<>();
        StringBuilder table = new StringBuilder("| name | kind | meaning |\n|---|---|---|\n");
        ScrapedText.of(metrics, Format.PROMETHEUS).lines().forEach(line -> {
            String[] words = line.split(" ", 4);
            if (words[0].equals("#") && !words[2].startsWith("weir_")) {
                if (words[1].equals("HELP")) {
                    helps.put(words[2], words[3].strip());
                } else {
                    table.append("| `%s` | %s | %s |\n".formatted(words[2], words[3], helps.get(words[2])));
                }
            }
        });
        return table.toString();
    }
}
