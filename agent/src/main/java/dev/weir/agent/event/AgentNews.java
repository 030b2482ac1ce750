// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.event;

import dev.weir.abi.DeviceKey;
import dev.weir.agent.enforce.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// What happened to the agent, found as the difference of two of its reports.
final class AgentNews {
    private static final int SHORT_HASH = 12;
    private static final int MOST = 100;

    private AgentNews() {}

    /// A sentence for each thing that is new; of very many, the first.
    static List<String> between(Report before, Report after) {
        List<String> news = new ArrayList<>();
        if (after.reloads() > before.reloads()) {
            long more = after.reloads() - before.reloads() - 1;
            news.add("policies %s are in force%s"
                    .formatted(
                            after.policies().hash().substring(0, SHORT_HASH),
                            more == 0 ? "" : ", after " + more + " others that followed each other at once"));
        }
        if (after.refused() > before.refused()) {
            news.add("policies were refused, the last good generation stays in force: "
                    + (after.diagnostics().isEmpty()
                            ? String.valueOf(after.error())
                            : after.diagnostics().getFirst().summary()));
        } else if (after.error() != null && !Objects.equals(after.error(), before.error())) {
            news.add(after.error());
        }
        after.deviceErrors().forEach((key, why) -> {
            if (!why.equals(before.deviceErrors().get(key)) && news.size() < MOST) {
                news.add("%s is not enforced: %s".formatted(device(after, key), why));
            }
        });
        after.drifts().all().stream()
                .filter(drift -> !before.drifts().all().contains(drift))
                .limit(MOST)
                .forEach(drift -> news.add(drift.sentence()));
        return news;
    }

    private static String device(Report report, DeviceKey key) {
        return report.subjects().devices().stream()
                .filter(device -> device.key().equals(key))
                .map(device -> report.world().called(key, device.name()))
                .findAny()
                .orElse("the device with ifindex " + key);
    }
}
