// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import dev.weir.agent.view.MeterSnapshot;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// What the exporter has done since it started. Its thread counts, any thread reads.
final class ExportCounts {
    final AtomicLong records = new AtomicLong();
    final AtomicLong lost = new AtomicLong();
    final AtomicLong messages = new AtomicLong();
    final AtomicLong bytes = new AtomicLong();
    final AtomicLong connects = new AtomicLong();
    final AtomicLong errors = new AtomicLong();
    final AtomicLong postponed = new AtomicLong();
    final AtomicInteger known = new AtomicInteger();

    /// @param untold flows that ended and found no room in the kernel's ring
    MeterSnapshot.Ipfix snapshot(long untold) {
        return new MeterSnapshot.Ipfix(
                records.get(),
                lost.get() + untold,
                messages.get(),
                bytes.get(),
                connects.get(),
                errors.get(),
                postponed.get(),
                known.get());
    }
}
