// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.event;

import dev.weir.abi.CellOwner;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Direction;
import dev.weir.abi.Endpoint;
import dev.weir.abi.Event;
import dev.weir.abi.FlowKey;
import dev.weir.abi.IpAddress;
import dev.weir.abi.State;
import dev.weir.agent.flow.Services;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.EventView;
import dev.weir.agent.view.Verdict;
import dev.weir.net.KernelClock;
import dev.weir.policy.PolicySet;
import dev.weir.policy.RuleId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Gives events the names of what their numbers stand for now. Slots and cells are given out again when a device has
/// gone, so each is held to what else the event says of it. For one thread.
final class EventNames {
    private static final int TCP = 6;
    private static final List<String> FLAGS = List.of("FIN", "SYN", "RST", "PSH", "ACK", "URG");
    private static final IpAddress NOTHING = new IpAddress(0, 0);

    private final WeirMaps maps;
    private RulePlaces places = new RulePlaces(PolicySet.EMPTY);
    private State state;
    private Map<Integer, String> vantages = Map.of();
    private Instant now = Instant.EPOCH;
    private long monotonicNanos;

    EventNames(WeirMaps maps) {
        this.maps = maps;
        this.state = maps.readState();
    }

    /// From now on, events are named as of this moment.
    ///
    /// @param policies whose files rules are looked for in
    void refresh(PolicySet policies) {
        if (!places.areOf(policies)) {
            places = new RulePlaces(policies);
        }
        state = maps.readState();
        vantages = maps.readVantageNames();
        now = Instant.now();
        monotonicNanos = KernelClock.monotonicNanos();
    }

    EventView view(long number, Event event) {
        FlowKey key = event.key();
        Optional<Endpoint> endpoint = endpoint(event);
        Optional<CellOwner> owner = owner(event);
        Optional<RulePlaces.Place> place =
                owner.flatMap(rule -> places.find(new RuleId(rule.policy(), rule.direction(), rule.rule())));
        boolean read = !key.inside().equals(NOTHING) || !key.outside().equals(NOTHING);
        boolean decided = event.cell() != 0;
        Verdict verdict = decided ? Verdict.of(event.verdict()) : Verdict.DENY;
        Direction opener = owner.map(CellOwner::direction).orElse(event.direction());
        return EventView.of(
                number,
                now.minusNanos(Math.max(0, monotonicNanos - event.atNanos())),
                event.lost(),
                new EventView.Packet(
                        endpoint.map(Endpoint::namespaceName).orElse(""),
                        endpoint.map(each -> WeirMaps.called(each, vantages)).orElse(""),
                        event.direction(),
                        verdict,
                        reason(event, verdict),
                        owner.map(CellOwner::policy).orElse(""),
                        decided ? owner.map(CellOwner::rule).orElse("unknown") : null,
                        opener,
                        place.map(RulePlaces.Place::file).orElse(null),
                        place.map(RulePlaces.Place::line).orElse(0),
                        read ? Services.protocol(key.protocol()) : null,
                        read ? Services.service(key, opener) : null,
                        read ? key.inside() : null,
                        Services.insidePort(key),
                        read ? key.outside() : null,
                        Services.outsidePort(key),
                        key.protocol() == TCP ? flags(event.tcpFlags()) : "",
                        event.packets(),
                        event.bytes(),
                        generation(event)));
    }

    private Optional<Endpoint> endpoint(Event event) {
        if (event.slot() == 0) {
            return Optional.empty();
        }
        Endpoint found = maps.endpoints().read(maps.endpoints().offset(event.slot()), Endpoint.CODEC);
        DeviceKey device = new DeviceKey(event.key().ifindex(), event.key().vantage());
        return found.key().equals(device) ? Optional.of(found) : Optional.empty();
    }

    private Optional<CellOwner> owner(Event event) {
        return event.cell() == 0
                ? Optional.empty()
                : maps.owners().lookup(event.cell()).filter(owner -> owner.slot() == event.slot());
    }

    private static @Nullable DropReason reason(Event event, Verdict verdict) {
        if (event.cell() != 0) {
            return verdict.passes() ? null : DropReason.POLICY;
        }
        return DropReason.of(event.outcome()).orElse(DropReason.POLICY);
    }

    /// Two epochs are known at a time.
    private long generation(Event event) {
        int behind = state.epoch() - event.epoch();
        return behind == 0 || behind == 1 ? state.generation(event.epoch()).number() : 0;
    }

    private static String flags(int bits) {
        List<String> set = new ArrayList<>();
        for (int i = 0; i < FLAGS.size(); i++) {
            if ((bits & 1 << i) != 0) {
                set.add(FLAGS.get(i));
            }
        }
        return String.join(" ", set);
    }
}
