// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.Account;
import dev.weir.abi.ExpireArgs;
import dev.weir.abi.Flow;
import dev.weir.abi.FlowKey;
import dev.weir.abi.Limits;
import dev.weir.abi.Peer;
import dev.weir.abi.PeerKey;
import dev.weir.abi.State;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToIntFunction;

/// The flow table of a [Judge]: what namespaces may take of it and have taken, and how flows grow old.
public final class FlowTable {
    private final Kernel kernel;
    private final Installation installation;
    private final ToIntFunction<String> numbers;

    FlowTable(Kernel kernel, Installation installation, ToIntFunction<String> numbers) {
        this.kernel = kernel;
        this.installation = installation;
        this.numbers = numbers;
    }

    /// Gives every namespace so many flows, and so much time from one new flow to the next; 0: no limit.
    public void limit(int quota, long openingIntervalNanos) {
        installation.limit(new FlowLimits(quota, openingIntervalNanos));
    }

    /// Says how many flows each namespace can always have, and how many there may be until none gets more.
    public void share(int share, int room) {
        kernel.maps().state().setInt(State.FLOW_SHARE, share);
        kernel.maps().state().setInt(State.FLOW_ROOM, room);
    }

    /// What a namespace has taken.
    public Account account(String namespace) {
        return account(numbers.applyAsInt(namespace));
    }

    /// What all have taken together.
    public Account all() {
        return account(0);
    }

    private Account account(int number) {
        return kernel.maps().accounts().read(kernel.maps().accounts().offset(number), Account.CODEC);
    }

    /// All flows, by their keys.
    public Map<FlowKey, Flow> flows() {
        Map<FlowKey, Flow> flows = new HashMap<>();
        kernel.maps().flows().forEach(flows::put);
        return flows;
    }

    /// Bytes that a namespace has exchanged with another, with `host` or with `world`.
    public Peer exchanged(String namespace, String peer) {
        int number = switch (peer) {
            case "host" -> Limits.HOST_NUMBER;
            case "world" -> Limits.WORLD;
            default -> numbers.applyAsInt(peer);
        };
        return kernel.maps()
                .peers()
                .lookup(new PeerKey(numbers.applyAsInt(namespace), number))
                .orElse(new Peer(0, 0));
    }

    /// Bytes that a namespace has exchanged with nobody in particular.
    public Peer exchangedWithOthers(String namespace) {
        Account account = account(namespace);
        return new Peer(account.otherEgressBytes(), account.otherIngressBytes());
    }

    /// Leaves room for so many more pairs.
    public void fillPeers(int room) {
        for (int i = 0; i < Limits.MAX_PEERS - room; i++) {
            kernel.maps().peers().update(new PeerKey(1 << 20 | i, Limits.WORLD), new Peer(0, 0));
        }
    }

    /// Nobody but these has a number any more.
    public void forgetAllBut(String... namespaces) {
        new GivenNumbers(kernel)
                .forgetAllBut(Arrays.stream(namespaces).map(numbers::applyAsInt).toList());
    }

    /// Marks idle flows, and deletes those that were marked before.
    public ExpireArgs expire(ExpireArgs.Idle limits) {
        return kernel.expire(limits);
    }

    /// Makes every flow look as if its last packet had come earlier.
    public void age(int jiffies) {
        flows().forEach((key, flow) -> put(key, flow, flow.seen() - (jiffies & ~3)));
    }

    /// Gives every flow the mark of one that was found idle.
    public void mark() {
        flows().forEach((key, flow) -> put(key, flow, flow.seen() | 1));
    }

    private void put(FlowKey key, Flow flow, int seen) {
        Flow changed = new Flow(
                flow.judgement(),
                flow.egressPackets(),
                flow.ingressPackets(),
                flow.egressBytes(),
                flow.ingressBytes(),
                flow.openedNanos(),
                seen,
                flow.slot(),
                flow.opener(),
                flow.state(),
                flow.handshakeMicros(),
                flow.peer(),
                flow.egressCredited(),
                flow.ingressCredited());
        kernel.maps().flows().update(key, changed);
    }
}
