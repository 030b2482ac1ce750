// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import dev.weir.agent.view.FlowId;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.NamespaceView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What happened each second between two looks. A rate is null where only one of them saw the thing.
///
/// @param flowsInAll that passed the filter, of which `flows` are the latest
public record Rates(List<OfNamespace> namespaces, List<OfFlow> flows, long flowsInAll) {
    public Rates {
        namespaces = List.copyOf(namespaces);
        flows = List.copyOf(flows);
    }

    /// How much each second.
    ///
    /// @param bytesIn what entered the namespace, dropped or not
    /// @param denied packets that were dropped, for whatever reason
    public record PerSecond(double bytesIn, double bytesOut, double packets, double denied) {
        static final PerSecond NONE = new PerSecond(0, 0, 0, 0);

        /// Both directions together.
        public double bytes() {
            return bytesIn + bytesOut;
        }

        PerSecond plus(PerSecond other) {
            return new PerSecond(
                    bytesIn + other.bytesIn, bytesOut + other.bytesOut, packets + other.packets, denied + other.denied);
        }
    }

    /// A namespace and its rates.
    public record OfNamespace(NamespaceView view, @Nullable PerSecond rate) {
        /// Nothing, where it is not known.
        public PerSecond known() {
            return rate == null ? PerSecond.NONE : rate;
        }
    }

    /// A flow and its rates.
    public record OfFlow(FlowView view, @Nullable PerSecond rate) {
        /// Nothing, where it is not known.
        public PerSecond known() {
            return rate == null ? PerSecond.NONE : rate;
        }
    }

    /// Nothing is known of rates yet.
    public static Rates first(Sample sample) {
        return new Rates(
                sample.namespaces().stream()
                        .map(each -> new OfNamespace(each, null))
                        .toList(),
                sample.flows().flows().stream()
                        .map(each -> new OfFlow(each, null))
                        .toList(),
                sample.flows().matched());
    }

    /// By the differences of totals; `now` is later.
    public static Rates between(Sample before, Sample now) {
        double seconds = (now.nanos() - before.nanos()) / 1e9;
        if (seconds <= 0) {
            return first(now);
        }
        Map<String, NamespaceView> namespaces = new HashMap<>();
        before.namespaces().forEach(each -> namespaces.put(each.name(), each));
        Map<FlowId, FlowView> flows = new HashMap<>();
        before.flows().flows().forEach(each -> flows.put(FlowId.of(each), each));
        return new Rates(
                now.namespaces().stream()
                        .map(each -> new OfNamespace(each, rate(namespaces.get(each.name()), each, seconds)))
                        .toList(),
                now.flows().flows().stream()
                        .map(each -> new OfFlow(each, rate(flows.get(FlowId.of(each)), each, seconds)))
                        .toList(),
                now.flows().matched());
    }

    /// The same, the most bytes first.
    public Rates byBytes() {
        return new Rates(Order.BYTES.namespaces(this), Order.BYTES.flows(this), flowsInAll);
    }

    private static @Nullable PerSecond rate(@Nullable NamespaceView before, NamespaceView now, double seconds) {
        if (before == null
                || before.inode() != now.inode()
                || before.packetsEgress() > now.packetsEgress()
                || before.packetsIngress() > now.packetsIngress()) {
            return null; // another one of that name
        }
        return new PerSecond(
                (now.bytesIngress() - before.bytesIngress()) / seconds,
                (now.bytesEgress() - before.bytesEgress()) / seconds,
                (now.packetsEgress() + now.packetsIngress() - before.packetsEgress() - before.packetsIngress())
                        / seconds,
                (now.drops() - before.drops()) / seconds);
    }

    /// One that was opened meanwhile had nothing before.
    private static @Nullable PerSecond rate(@Nullable FlowView before, FlowView now, double seconds) {
        if (before != null
                && before.ageSeconds() <= now.ageSeconds()
                && before.packetsEgress() <= now.packetsEgress()
                && before.packetsIngress() <= now.packetsIngress()) {
            return rate(
                    now.bytesIngress() - before.bytesIngress(),
                    now.bytesEgress() - before.bytesEgress(),
                    now.packets() - before.packets(),
                    now.verdict().passes(),
                    seconds);
        }
        return now.ageSeconds() >= seconds
                ? null
                : rate(
                        now.bytesIngress(),
                        now.bytesEgress(),
                        now.packets(),
                        now.verdict().passes(),
                        seconds);
    }

    private static PerSecond rate(long bytesIn, long bytesOut, long packets, boolean passes, double seconds) {
        return new PerSecond(bytesIn / seconds, bytesOut / seconds, packets / seconds, passes ? 0 : packets / seconds);
    }
}
