// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowState;
import dev.weir.abi.IpAddress;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A flow as a row of a walk.
record ShownFlow(FlowView view) implements FlowRow {
    private static final Map<List<Object>, Integer> NUMBERS = new HashMap<>();

    /// The same for what is equal, in whatever walk.
    private static synchronized int number(Object... parts) {
        return NUMBERS.computeIfAbsent(List.of(parts), _ -> NUMBERS.size());
    }

    @Override
    public int kind() {
        return number(view.namespace(), view.device(), view.direction(), view.protocol());
    }

    @Override
    public int judgement() {
        return number(view.verdict(), view.policy(), view.rule());
    }

    @Override
    public String namespace() {
        return view.namespace();
    }

    @Override
    public String device() {
        return view.device();
    }

    @Override
    public Direction direction() {
        return view.direction();
    }

    @Override
    public String protocol() {
        return view.protocol();
    }

    @Override
    public IpAddress insideAddress() {
        return view.insideAddress();
    }

    @Override
    public int insidePort() {
        return view.insidePort();
    }

    @Override
    public IpAddress outsideAddress() {
        return view.outsideAddress();
    }

    @Override
    public int outsidePort() {
        return view.outsidePort();
    }

    @Override
    public String service() {
        return view.service();
    }

    @Override
    public boolean serviceIsPort() {
        return service().equals(protocol() + "/" + servicePort());
    }

    @Override
    public Verdict verdict() {
        return view.verdict();
    }

    @Override
    public String policy() {
        return view.policy();
    }

    @Override
    public String rule() {
        return view.rule();
    }

    @Override
    public long packetsEgress() {
        return view.packetsEgress();
    }

    @Override
    public long packetsIngress() {
        return view.packetsIngress();
    }

    @Override
    public long bytesEgress() {
        return view.bytesEgress();
    }

    @Override
    public long bytesIngress() {
        return view.bytesIngress();
    }

    @Override
    public long openedNanos() {
        return nanos(view.openedAt());
    }

    @Override
    public long lastSeenNanos() {
        return nanos(view.lastSeenAt());
    }

    @Override
    public long ageSeconds() {
        return view.ageSeconds();
    }

    @Override
    public FlowState state() {
        return view.state();
    }

    @Override
    public long handshakeMicros() {
        return view.handshakeMicros();
    }

    private static long nanos(Instant time) {
        return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
    }
}
