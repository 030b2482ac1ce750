// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ethernet;

import dev.weir.abi.Verdict;
import dev.weir.agent.enforce.Judge;
import org.junit.jupiter.api.Test;

/// What is neither IP nor ARP passes or not as `other-l2` says.
class EthertypeTest extends PacketTable {
    @Test
    void otherEthertypesFollowTheConfiguration() {
        int[] types = {0x0000, 0x05dc, 0x07ff, 0x0801, 0x0805, 0x0807, 0x86dc, 0x86de, 0x88cc, 0xffff};
        for (int type : types) {
            expect(EGRESS, ethernet(type, new byte[46]), "pass");
            expect(INGRESS, ethernet(type, new byte[46]), "pass");
        }
        judge.close();
        judge = new Judge(Verdict.DENY, 1);
        for (int type : types) {
            expect(EGRESS, ethernet(type, new byte[46]), "drop l2");
            expect(INGRESS, ethernet(type, new byte[46]), "drop l2");
        }
    }
}
