// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that `/metrics` shows, read at one moment. Packet and byte counts come from kernel maps and never
/// fall while what they count exists. No two rows have the same labels.
///
/// @param tally what devices of one namespace counted, added up; its rows are made anew each time they are asked for
/// @param rules those of the tally that are shown
/// @param peers who talks to whom, the largest of each namespace apart
/// @param agentBegan when what the agent itself counts began, in Unix seconds; 0 where nobody knows
public record MeterSnapshot(
        MeterTally tally,
        List<Rule> rules,
        List<RefusedClaims> refusedClaims,
        List<PeerView> peers,
        Policy policy,
        List<Device> devices,
        List<Interface> interfaces,
        List<MapView> maps,
        List<Ipfix> ipfix,
        long agentBegan,
        Build build) {
    public MeterSnapshot {
        rules = List.copyOf(rules);
        refusedClaims = List.copyOf(refusedClaims);
        peers = List.copyOf(peers);
        devices = List.copyOf(devices);
        interfaces = List.copyOf(interfaces);
        maps = List.copyOf(maps);
        ipfix = List.copyOf(ipfix);
    }

    public List<Outcome> outcomes() {
        return tally.outcomes();
    }

    public List<Drop> drops() {
        return tally.drops();
    }

    public List<Flows> flows() {
        return tally.flows();
    }

    public List<Handshakes> handshakes() {
        return tally.handshakes();
    }

    public List<EventsLost> eventsLost() {
        return tally.eventsLost();
    }

    /// When what the kernel counts for a namespace began, in Unix seconds; 0 where nobody knows.
    public long began(String namespace) {
        return tally.began(namespace);
    }

    /// When what the agent counts for a namespace began, likewise.
    public long beganInAgent(String namespace) {
        return agentBegan == 0 ? 0 : Math.max(agentBegan, began(namespace));
    }

    /// Every packet that a device carried, by what became of it.
    public record Outcome(String namespace, Direction direction, Verdict verdict, long packets, long bytes) {}

    /// Packets dropped.
    public record Drop(String namespace, Direction direction, DropReason reason, long packets) {}

    /// Packets that one rule decided.
    public record Rule(
            String namespace,
            Direction direction,
            String policy,
            String rule,
            Verdict action,
            long packets,
            long bytes) {
        /// What this and another count together, under this one's name.
        public Rule plus(Rule other) {
            return new Rule(namespace, direction, policy, rule, action, packets + other.packets, bytes + other.bytes);
        }
    }

    /// Flows of one namespace.
    /// @param live flows now
    /// @param untracked packets that were judged without a flow because quota or table were full
    public record Flows(String namespace, long live, long opened, long closed, long untracked) {}

    /// How long TCP handshakes took, of which there was at least one.
    /// @param direction of the opener
    /// @param counts by duration, as [dev.weir.abi.Handshakes] has them
    public record Handshakes(String namespace, Direction direction, List<Long> counts, long micros) {
        public Handshakes {
            counts = List.copyOf(counts);
        }
    }

    /// Addresses that a namespace claimed and was not granted, each counted when the claim appeared.
    public record RefusedClaims(String namespace, long count) {}

    /// Events of one namespace that could not be told.
    public record EventsLost(String namespace, long events) {}

    /// The generation in force, and reloads.
    /// @param applied reloads that came into force since the agent started
    /// @param refused reloads that a faulty file stopped since the agent started
    /// @param reloadNanos time that all of them took together
    /// @param outdated whether the policy directory or the host ask for something else than what is in force
    /// @param appliedAt when the generation came into force; null before the first
    public record Policy(
            long generation,
            long applied,
            long refused,
            long reloadNanos,
            boolean outdated,
            @Nullable Instant appliedAt) {}

    /// A hook of a device.
    /// @param drift whether the agent's last check found something there that is not as it should be
    public record Device(String namespace, String device, String hook, boolean attached, boolean drift) {}

    /// What a host-side device counts itself, as its namespace sees it.
    /// @param egress what the device received
    /// @param ingress what it sent
    /// @param backlogBytes that wait to be sent into the namespace
    /// @param queueDrops packets that the queue they wait in has dropped
    public record Interface(
            String namespace, String device, Carried egress, Carried ingress, long backlogBytes, long queueDrops) {}

    /// One direction of a device.
    public record Carried(long packets, long bytes, long drops) {}

    /// What the exporter of flows has done since the agent started; none where flows are not exported.
    ///
    /// @param records flow records sent
    /// @param lost flow records that were not, or flows that ended and could not be told
    /// @param bytes of the messages
    /// @param connects sessions with the collector that were opened
    /// @param errors sessions that failed, or could not be opened
    /// @param postponed records that were put off until the flow ends, because too many flows are known
    /// @param known flows of which it is known now what was told
    public record Ipfix(
            long records,
            long lost,
            long messages,
            long bytes,
            long connects,
            long errors,
            long postponed,
            long known) {}
}
