// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.enforce.PathRig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What the loaded program takes to find an address among those of a policy: `make bench-quick BENCH=search`, as root.
final class SearchBenchmark {
    private static final int[] ADDRESSES = {1_000, 10_000, 100_000};
    private static final int MOST_NANOS_V4 = 50; // among the most
    private static final int MOST_NANOS_V6 = 100;

    private final int repeat;
    private final int rounds;

    private SearchBenchmark(Effort effort) {
        repeat = effort.rounds(100_000, 500_000);
        rounds = effort.rounds(7, 41);
    }

    static Section run(Effort effort) {
        return new SearchBenchmark(effort).run();
    }

    private Section run() {
        Section section = new Section(
                "Search for an address",
                """
                Nanoseconds to find the rules for an address, at random from where those of a policy lie: medians of %d
                rounds, in brackets the quartiles. They are single addresses, so the image has twice as many
                ranges: each of them, and what is between. The mean of a round is over %,d runs of a program that draws an address
                and searches, less that of the same program without the search, measured beside it.
                """.formatted(rounds, repeat),
                "addresses",
                "IPv4",
                "IPv6",
                "budget, IPv4",
                "budget, IPv6");
        for (int addresses : ADDRESSES) {
            double[] v4 = nanos(addresses, SamplePolicies.addresses("blue", addresses, 0), false);
            double[] v6 = nanos(addresses, SamplePolicies.addressesV6("blue", addresses), true);
            boolean most = addresses == ADDRESSES[ADDRESSES.length - 1];
            List<String> row = new ArrayList<>(List.of(String.format(Locale.ROOT, "%,d", addresses)));
            row.add(Quartiles.of(v4).text(0));
            row.add(Quartiles.of(v6).text(0));
            row.add(most ? judged(MOST_NANOS_V4, v4) : "");
            row.add(most ? judged(MOST_NANOS_V6, v6) : "");
            section.row(row.toArray(String[]::new));
        }
        return section;
    }

    private double[] nanos(int addresses, String policy, boolean ipv6) {
        double[] nanos = new double[rounds];
        try (PathRig rig = new PathRig(SamplePolicies.parse(policy), GrowthBenchmark.INSIDE, 0);
                PathVariants variants = PathVariants.on(rig)) {
            for (int round = 0; round < rounds; round++) {
                nanos[round] = variants.search(ipv6, SamplePolicies.span(addresses), repeat);
            }
        }
        return nanos;
    }

    private static String judged(int most, double... nanos) {
        return Budget.most(most, "ns").judge(Quartiles.of(nanos).median());
    }
}
