// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the kernel would do with the packets of a capture.
/// @param summary packets by what became of them: a verdict, or why they were not judged
/// @param padded packets that the capture had cut behind their headers
/// @param shortened packets longer than can be asked about, judged by their headers
/// @param more whether the capture goes on behind the last packet
/// @param error why reading ended; null: it ended well
public record CaptureView(
        String namespace,
        String device,
        List<Packet> packets,
        Map<String, Integer> summary,
        int padded,
        int shortened,
        boolean more,
        @Nullable String error,
        List<String> notes) {
    /// One packet. Addresses and ports are null where its headers say none.
    /// @param number from 1
    /// @param protocol `tcp`, `icmp/8/0`, `proto/47`, `arp`, or `-`
    /// @param direction as the namespace sees it; null: it is none of its packets
    /// @param judgement null: it was not judged
    /// @param skipped why not; null: it was
    public record Packet(
            int number,
            Instant time,
            String protocol,
            @Nullable IpAddress source,
            @Nullable Integer sourcePort,
            @Nullable IpAddress destination,
            @Nullable Integer destinationPort,
            @Nullable Direction direction,
            @Nullable Judgement judgement,
            @Nullable String skipped) {}
}
