// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Something that happened: what became of a packet, or of the agent.
/// @param number grows from one event to the next, also over a restart of the agent
/// @param lost events of the same namespace that could not be told shortly before this one
/// @param packet null where it is about the agent
/// @param text what the agent did or met; null where it is about a packet
public record EventView(
        long number,
        Instant at,
        Kind kind,
        long lost,
        @Nullable Packet packet,
        @Nullable String text) {
    private static final int MAX_TEXT = 1000;

    /// What an event is about.
    public enum Kind {
        /// A packet was dropped.
        DROP,
        /// A new flow passed by a rule with `log: true`, or by a policy in audit mode.
        FLOW,
        /// The agent itself did, or met, something.
        AGENT;

        private final String word = Words.of(this);

        @JsonValue
        public String word() {
            return word;
        }
    }

    /// The packet, and why it became what it became.
    /// @param namespace empty where its device had gone before the event was read; so is `device`
    /// @param direction in which it went
    /// @param reason why it was dropped; null: it passed
    /// @param policy of the rule that decided; empty: `unselected` of weir.yaml, or a rule that shares a counter
    /// @param rule that decided; null: none did
    /// @param opener in which direction its flow was opened: as the rule has it; without one, as the packet went
    /// @param file of the rule; null where it is not known any more, or no file says it
    /// @param line of the rule in its file; 0 without one
    /// @param protocol `tcp`, `udp`, `sctp`, `icmp`, `icmpv6`, or `proto/47`; null where the packet could not be
    ///     read so far; then `service` and the addresses are null too
    /// @param service what a rule would call it
    /// @param tcpFlags such as `SYN ACK`; empty: none, or not TCP
    /// @param packets 1, or the segments of a super-packet
    /// @param bytes as on the wire
    /// @param generation of the policies by which it was judged; 0: one that is not known any more
    public record Packet(
            String namespace,
            String device,
            Direction direction,
            Verdict verdict,
            @Nullable DropReason reason,
            String policy,
            @Nullable String rule,
            Direction opener,
            @Nullable String file,
            int line,
            @Nullable String protocol,
            @Nullable String service,
            @Nullable IpAddress insideAddress,
            int insidePort,
            @Nullable IpAddress outsideAddress,
            int outsidePort,
            String tcpFlags,
            long packets,
            long bytes,
            long generation)
            implements Conversation {
        @Override
        public int servicePort() {
            return opener == Direction.EGRESS ? outsidePort : insidePort;
        }

        /// `web/ingress/http`, `unselected/ingress`, `other`, or the reason to drop.
        public String by() {
            return new Judgement(verdict, reason, policy, rule, opener, Judgement.Basis.NEW, generation).by();
        }

        /// `web.yaml:12`, or nothing.
        public String where() {
            return file == null ? "" : file + ":" + line;
        }
    }

    /// About a packet.
    public static EventView of(long number, Instant at, long lost, Packet packet) {
        return new EventView(number, at, packet.verdict.passes() ? Kind.FLOW : Kind.DROP, lost, packet, null);
    }

    /// About the agent; what is too long is cut.
    public static EventView of(long number, Instant at, String text) {
        return new EventView(
                number, at, Kind.AGENT, 0, null, text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) + "…" : text);
    }
}
