// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.why;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import java.util.Optional;
import java.util.Set;

/// A captured packet as it can be asked about.
///
/// @param frame what to ask with; empty: it cannot be asked about
/// @param problem why not
/// @param padded whether the capture had cut it behind its headers
/// @param shortened whether it was longer than can be asked about
public record Capture(
        Headers headers, Optional<byte[]> frame, Optional<String> problem, boolean padded, boolean shortened) {
    /// Prepares a packet.
    public static Capture of(PcapReader.Packet packet) {
        byte[] captured = packet.bytes();
        int original = packet.original();
        Headers headers = Headers.read(captured);
        if (captured.length < Math.min(headers.needs(), original)) {
            return new Capture(headers, Optional.empty(), Optional.of("cut inside its headers"), false, false);
        }
        if (original < Frames.least(captured)) {
            return new Capture(headers, Optional.empty(), Optional.of("too short to be asked about"), false, false);
        }
        return new Capture(
                headers,
                Optional.of(Frames.fitted(captured, original, headers)),
                Optional.empty(),
                captured.length < Math.min(original, Frames.MAX_BYTES),
                original > Frames.MAX_BYTES);
    }

    /// Where the packet goes, told by which side's address the namespace holds; empty: neither.
    public Optional<Direction> direction(Set<IpAddress> held) {
        if (headers.source().filter(held::contains).isPresent()) {
            return Optional.of(Direction.EGRESS);
        }
        return headers.destination().filter(held::contains).map(_ -> Direction.INGRESS);
    }

    public Optional<IpAddress> source() {
        return headers.source();
    }

    public Optional<IpAddress> destination() {
        return headers.destination();
    }

    public Optional<Integer> sourcePort() {
        return headers.ports() ? Optional.of(headers.sourcePort()) : Optional.empty();
    }

    public Optional<Integer> destinationPort() {
        return headers.ports() ? Optional.of(headers.destinationPort()) : Optional.empty();
    }

    /// `tcp`, `icmp/8/0`, `proto/47`, `arp`; `-` where the headers do not say.
    public String protocol() {
        int icmp = headers.icmp();
        String kind = icmp < 0 ? "" : "/" + (icmp >> 8) + "/" + (icmp & 0xff);
        return switch (headers.protocol()) {
            case -1 -> headers.type() == Headers.ARP ? "arp" : "-";
            case Headers.TCP -> "tcp";
            case Headers.UDP -> "udp";
            case Headers.SCTP -> "sctp";
            case Headers.ICMP -> "icmp" + kind;
            case Headers.ICMPV6 -> "icmpv6" + kind;
            default -> "proto/" + headers.protocol();
        };
    }
}
