// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

import dev.weir.abi.Direction;
import dev.weir.abi.Handshakes;
import dev.weir.agent.view.MeterSnapshot;
import java.util.function.ToLongFunction;

/// Which rows of a snapshot are the series of a meter, for those of which that takes more than a line.
final class MeterRows {
    private MeterRows() {}

    static void packets(MeterSnapshot from, Exposition to) {
        from.tally()
                .forEachOutcome((namespace, direction, verdict, packets, _) ->
                        to.add(packets, namespace, direction.toString(), verdict.word()));
    }

    static void bytes(MeterSnapshot from, Exposition to) {
        from.tally()
                .forEachOutcome((namespace, direction, verdict, _, bytes) ->
                        to.add(bytes, namespace, direction.toString(), verdict.word()));
    }

    static void drops(MeterSnapshot from, Exposition to) {
        from.tally()
                .forEachDrop((namespace, direction, reason, packets) ->
                        to.add(packets, namespace, direction.toString(), reason.word()));
    }

    static void rules(MeterSnapshot from, Exposition to, ToLongFunction<MeterSnapshot.Rule> value) {
        from.rules()
                .forEach(row -> to.add(
                        value.applyAsLong(row),
                        row.namespace(),
                        row.direction().toString(),
                        row.policy(),
                        row.rule(),
                        row.action().word()));
    }

    static void flows(MeterSnapshot from, Exposition to, ToLongFunction<MeterSnapshot.Flows> value) {
        from.flows().forEach(row -> to.add(value.applyAsLong(row), row.namespace()));
    }

    static void handshakes(MeterSnapshot from, Exposition to) {
        from.handshakes()
                .forEach(row -> to.addHistogram(
                        row.counts(),
                        Handshakes.FIRST_MICROS,
                        row.micros(),
                        row.namespace(),
                        row.direction().toString()));
    }

    static void peers(MeterSnapshot from, Exposition to) {
        from.peers().forEach(row -> {
            to.add(row.bytesEgress(), row.namespace(), row.label(), Direction.EGRESS.toString());
            to.add(row.bytesIngress(), row.namespace(), row.label(), Direction.INGRESS.toString());
        });
    }

    static void refusedClaims(MeterSnapshot from, Exposition to) {
        from.refusedClaims().forEach(row -> to.add(row.count(), row.namespace()));
    }

    static void eventsLost(MeterSnapshot from, Exposition to) {
        from.eventsLost().forEach(row -> to.add(row.events(), row.namespace()));
    }

    static void reloads(MeterSnapshot from, Exposition to) {
        to.add(from.policy().applied(), "applied");
        to.add(from.policy().refused(), "refused");
    }

    static void reloadTimes(MeterSnapshot from, Exposition to) {
        to.addTimes(
                from.policy().applied() + from.policy().refused(), from.policy().reloadNanos());
    }

    static void interfaces(MeterSnapshot from, Exposition to, ToLongFunction<MeterSnapshot.Carried> value) {
        from.interfaces().forEach(row -> {
            String egress = Direction.EGRESS.toString();
            to.add(value.applyAsLong(row.egress()), row.namespace(), row.device(), egress);
            String ingress = Direction.INGRESS.toString();
            to.add(value.applyAsLong(row.ingress()), row.namespace(), row.device(), ingress);
        });
    }

    /// The queue is on the host's side, so that what waits in it is to enter the namespace.
    static void queues(MeterSnapshot from, Exposition to, ToLongFunction<MeterSnapshot.Interface> value) {
        from.interfaces()
                .forEach(row ->
                        to.add(value.applyAsLong(row), row.namespace(), row.device(), Direction.INGRESS.toString()));
    }
}
