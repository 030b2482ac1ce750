// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.suggest;

import dev.weir.policy.Service;
import dev.weir.policy.yaml.ExactService;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// Services as a rule lists them, and nothing beyond: in order, three or more ports without a gap as a range.
final class ServiceList {
    private static final int RANGE = 3;

    private ServiceList() {}

    static List<String> of(Collection<ExactService> services) {
        List<ExactService> sorted = services.stream()
                .sorted(Comparator.comparingInt(ExactService::protocol).thenComparingInt(ExactService::port))
                .toList();
        List<String> words = new ArrayList<>();
        int from = 0;
        while (from < sorted.size()) {
            int to = from + 1;
            while (to < sorted.size() && follows(sorted.get(to - 1), sorted.get(to))) {
                to++;
            }
            if (to - from >= RANGE) {
                ExactService first = sorted.get(from);
                words.add(new Service(
                                first.protocol(),
                                first.port(),
                                sorted.get(to - 1).port())
                        .toString());
            } else {
                sorted.subList(from, to).forEach(service -> words.add(service.named()));
            }
            from = to;
        }
        return words;
    }

    private static boolean follows(ExactService one, ExactService next) {
        return Service.hasPorts(one.protocol()) && one.protocol() == next.protocol() && one.port() + 1 == next.port();
    }
}
