// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowState;
import dev.weir.abi.IpAddress;
import dev.weir.agent.view.FlowPage;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.SampleView;
import dev.weir.agent.view.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Two looks at a host with so many namespaces and flows, two seconds apart.
final class Looks {
    private final List<NamespaceView> namespaces = new ArrayList<>();
    private final List<FlowView> flows = new ArrayList<>();
    private final long nanos;

    private Looks(long nanos) {
        this.nanos = nanos;
    }

    /// What a screen shows of a small host.
    static Rates town() {
        return Rates.between(town(0), town(2));
    }

    /// What a screen shows of a host with many namespaces and flows.
    static Rates city(int namespaces, int flows) {
        return Rates.between(city(0, namespaces, flows), city(2, namespaces, flows));
    }

    private static Sample town(int seconds) {
        Looks looks = new Looks(TimeUnit.SECONDS.toNanos(seconds));
        looks.namespace("blue", 3_000_000L * seconds, 40_000L * seconds, 2_000L * seconds, seconds, 4);
        looks.namespace("red", 40_000L * seconds, 3_000_000L * seconds, 2_000L * seconds, 0, 3);
        looks.namespace("tenant-with-a-name-that-is-longer-than-its-column-is", 0, 0, 0, 700_000L * seconds, 0);
        looks.namespace("evil\u001b[2J\u202eéчж語", 10L * seconds, 0, seconds, 0, 1);
        looks.flow("blue", Direction.INGRESS, "10.10.0.2", "tcp/80", Verdict.ALLOW, 3_000_000L * seconds);
        looks.flow(
                "blue", Direction.EGRESS, "2001:db8:1234:5678:9abc:def0:1234:5678", "udp/53", Verdict.AUDIT, seconds);
        looks.flow("red", Direction.EGRESS, "192.0.2.7", "tcp/22", Verdict.DENY, 600L * seconds);
        return looks.sample();
    }

    private static Sample city(int seconds, int namespaces, int flows) {
        Looks looks = new Looks(TimeUnit.SECONDS.toNanos(seconds));
        for (int i = 0; i < namespaces; i++) {
            looks.namespace(
                    "tenant-%04d".formatted(i), 1000L * i * seconds, 10L * i * seconds, (long) i * seconds, 0, i);
        }
        for (int i = 0; i < flows; i++) {
            looks.flow(
                    "tenant-%04d".formatted(i),
                    Direction.INGRESS,
                    "192.0.2." + i % 250,
                    "tcp/80",
                    Verdict.ALLOW,
                    900L * i * seconds);
        }
        return looks.sample();
    }

    private Sample sample() {
        return new Sample(nanos, namespaces, new FlowPage(flows, null, flows.size(), flows.size()));
    }

    private void namespace(String name, long in, long out, long packets, long drops, long live) {
        namespaces.add(new NamespaceView(
                name,
                NamespaceView.Kind.NAMED,
                namespaces.size() + 1L,
                1,
                0,
                List.of("veth-" + namespaces.size()),
                List.of(),
                List.of(),
                List.of(),
                live,
                0,
                packets,
                out,
                in,
                drops,
                List.of(),
                0,
                0,
                null));
    }

    private void flow(
            String namespace, Direction direction, String outside, String service, Verdict verdict, long bytes) {
        int port = Integer.parseInt(service.substring(service.indexOf('/') + 1));
        boolean out = direction == Direction.EGRESS;
        flows.add(new FlowView(
                namespace,
                "veth",
                direction,
                service.substring(0, service.indexOf('/')),
                IpAddress.parse("10.10.0.3"),
                out ? 40000 + flows.size() : port,
                IpAddress.parse(outside),
                out ? port : 40000 + flows.size(),
                service,
                verdict,
                "web",
                "#1",
                bytes / 100,
                0,
                bytes,
                0,
                SampleView.APPLIED,
                SampleView.APPLIED,
                60,
                FlowState.ESTABLISHED,
                0));
    }
}
