// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.CellOwner;
import dev.weir.abi.Direction;
import dev.weir.abi.FlowBatch;
import dev.weir.abi.FlowState;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.agent.view.FlowRow;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.Verdict;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// The flow that a [FlowBatch] looks at, with names.
final class TableRow implements FlowRow {
    private static final int NANOS = 1_000_000_000;
    private static final int OWNERS_KEPT = 1024; // a power of two

    private final Snapshot names;
    private final FlowClock clock;
    private final long now; // nanoseconds since 1970
    private final @Nullable Behind[] slots = new Behind[Limits.MAX_ENDPOINTS];
    private final @Nullable CellOwner[] owners = new CellOwner[OWNERS_KEPT];
    private final int[] cells = new int[OWNERS_KEPT]; // of these
    private FlowBatch flow = new FlowBatch();
    private Behind behind = new Behind("", "");
    private Direction direction = Direction.EGRESS;
    private int protocol;
    private boolean ports;

    /// What is behind a slot.
    private record Behind(String namespace, String device) {}

    TableRow(Snapshot names, FlowClock clock) {
        this.names = names;
        this.clock = clock;
        this.now = ChronoUnit.NANOS.between(Instant.EPOCH, clock.now());
        names.endpoints()
                .forEach(
                        (slot, endpoint) -> slots[slot] = new Behind(endpoint.namespaceName(), names.called(endpoint)));
    }

    /// Looks at flows of `batch` from now on.
    void of(FlowBatch batch) {
        flow = batch;
    }

    /// Looks at the flow `index` of the batch.
    ///
    /// @return whether it has a device
    boolean at(int index) {
        flow.at(index);
        Behind found = flow.slot() < slots.length ? slots[flow.slot()] : null;
        if (found == null) {
            return false;
        }
        behind = found;
        direction = flow.opener();
        protocol = flow.protocol();
        ports = Services.hasPorts(protocol);
        return true;
    }

    private CellOwner owner() {
        int cell = flow.cell();
        int place = cell & OWNERS_KEPT - 1;
        CellOwner known = owners[place];
        if (known == null || cells[place] != cell) {
            known = names.owner(cell);
            owners[place] = known;
            cells[place] = cell;
        }
        return known;
    }

    @Override
    public int kind() {
        return flow.slot() << 16 | direction.number() << 8 | protocol;
    }

    @Override
    public int judgement() {
        return flow.judgement();
    }

    @Override
    public String namespace() {
        return behind.namespace;
    }

    @Override
    public String device() {
        return behind.device;
    }

    @Override
    public Direction direction() {
        return direction;
    }

    @Override
    public String protocol() {
        return Services.protocol(protocol);
    }

    @Override
    public IpAddress insideAddress() {
        return flow.inside();
    }

    @Override
    public int insidePort() {
        return ports ? flow.insidePort() : Services.insidePort(flow.key());
    }

    @Override
    public IpAddress outsideAddress() {
        return flow.outside();
    }

    @Override
    public int outsidePort() {
        return ports ? flow.outsidePort() : Services.outsidePort(flow.key());
    }

    @Override
    public String service() {
        return Services.service(flow.key(), direction);
    }

    @Override
    public boolean serviceIsPort() {
        return ports;
    }

    @Override
    public Verdict verdict() {
        return Verdict.of(flow.verdict());
    }

    @Override
    public String policy() {
        return owner().policy();
    }

    @Override
    public String rule() {
        return owner().rule();
    }

    @Override
    public long packetsEgress() {
        return flow.egressPackets();
    }

    @Override
    public long packetsIngress() {
        return flow.ingressPackets();
    }

    @Override
    public long bytesEgress() {
        return flow.egressBytes();
    }

    @Override
    public long bytesIngress() {
        return flow.ingressBytes();
    }

    @Override
    public long openedNanos() {
        return now - clock.ageNanos(flow.openedNanos());
    }

    @Override
    public long lastSeenNanos() {
        return now - clock.idleNanos(flow.seen(), flow.openedNanos());
    }

    @Override
    public long ageSeconds() {
        return clock.ageNanos(flow.openedNanos()) / NANOS;
    }

    @Override
    public FlowState state() {
        return flow.state();
    }

    @Override
    public long handshakeMicros() {
        return flow.handshakeMicros();
    }

    @Override
    public FlowView view() {
        return new FlowView(
                namespace(),
                device(),
                direction(),
                protocol(),
                insideAddress(),
                insidePort(),
                outsideAddress(),
                outsidePort(),
                service(),
                verdict(),
                policy(),
                rule(),
                packetsEgress(),
                packetsIngress(),
                bytesEgress(),
                bytesIngress(),
                Instant.ofEpochSecond(0, openedNanos()),
                Instant.ofEpochSecond(0, lastSeenNanos()),
                ageSeconds(),
                state(),
                handshakeMicros());
    }
}
