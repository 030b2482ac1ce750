// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.Count;
import dev.weir.bpf.XdpContext;
import java.util.Map;
import java.util.Set;

/// The program in front of the one that judges what leaves, held to its promise: it drops what that one would drop to
/// no other effect than one count, and counts it in the same place; anything else it lets pass and counts nowhere.
final class Front {
    private static final int XDP_DROP = 1;
    private static final int XDP_PASS = 2;
    private static final Set<String> DROPPED_IN_FRONT =
            Set.of("drop spoof", "drop malformed", "drop extensions", "drop l2");

    private final Kernel kernel;
    private Map<Tally.Place, Count> dropped = Map.of();
    private long inFlows;

    Front(Kernel kernel) {
        this.kernel = kernel;
    }

    /// Runs it on a frame that leaves.
    ///
    /// @return where it counted a packet that it dropped; empty for one that goes on
    Map<Tally.Place, Count> meet(byte[] frame, XdpContext context) {
        Tally before = Tally.read(kernel.maps());
        int verdict =
                kernel.path().front().orElseThrow().testRun(frame, 1, context).verdict();
        dropped = Tally.read(kernel.maps()).since(before);
        if (verdict != (dropped.isEmpty() ? XDP_PASS : XDP_DROP)) {
            throw new AssertionError("XDP returned " + verdict + " and counted " + dropped);
        }
        inFlows = isDenied(dropped) ? packetsInFlows() : 0;
        return dropped;
    }

    /// Holds what it did with the last frame to what the program behind it has done since with the same one.
    ///
    /// @param behind where that one counted it
    void agreesWith(Map<Tally.Place, Count> behind, byte[] frame) {
        boolean agrees;
        if (dropped.isEmpty()) {
            String verdict = behind.keySet().iterator().next().verdict();
            agrees = isFirstFragment(frame)
                    || (isDenied(behind) ? anyFlowIsRefused() : !DROPPED_IN_FRONT.contains(verdict));
        } else {
            agrees = dropped.equals(behind) && (!isDenied(dropped) || packetsInFlows() == inFlows);
        }
        if (!agrees) {
            throw new AssertionError("TCX counted " + behind + ", XDP " + dropped);
        }
    }

    private static boolean isDenied(Map<Tally.Place, Count> counted) {
        return counted.keySet().stream().anyMatch(place -> place.verdict().startsWith("deny by "));
    }

    /// What is denied of a flow is its flow's business: the flow then says so.
    private boolean anyFlowIsRefused() {
        boolean[] found = {false};
        kernel.maps().flows().forEach((key, flow) -> found[0] |= !flow.verdict().passes());
        return found[0];
    }

    private long packetsInFlows() {
        long[] packets = {0};
        kernel.maps().flows().forEach((key, flow) -> packets[0] += flow.ingressPackets() + flow.egressPackets());
        return packets[0];
    }

    /// Whether a frame has a header of a first fragment, which goes on to be remembered.
    private static boolean isFirstFragment(byte[] frame) {
        int type = 12;
        while (type < 20 && (u16(frame, type) == 0x8100 || u16(frame, type) == 0x88a8)) {
            type += 4;
        }
        int ip = type + 2;
        if (u16(frame, type) == 0x0800) {
            return (u16(frame, ip + 6) & 0x3fff) == 0x2000;
        }
        int next = u16(frame, ip + 6) >> 8;
        int header = ip + 40;
        for (int i = 0;
                i < 8 && u16(frame, type) == 0x86dd && Set.of(0, 43, 44, 51, 60).contains(next);
                i++) {
            if (next == 44 && (u16(frame, header + 2) & 0xfff9) == 1) {
                return true;
            }
            int length = u16(frame, header) & 0xff;
            int bytes = next == 51 ? (length + 2) * 4 : next == 44 ? 8 : (length + 1) * 8;
            next = u16(frame, header) >> 8;
            header += bytes;
        }
        return false;
    }

    /// Big endian; 0 beyond the end.
    private static int u16(byte[] frame, int at) {
        return at + 1 < frame.length ? ((frame[at] & 0xff) << 8) | (frame[at + 1] & 0xff) : 0;
    }
}
