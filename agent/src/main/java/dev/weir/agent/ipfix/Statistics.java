// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import java.nio.ByteBuffer;
import java.util.List;

/// What the exporter says of itself, so that a collector knows what it misses: in the manner of RFC 7011, section 4.3.
///
/// @param domain observation domain that this is about
/// @param sent flow records that were sent, since the agent started
/// @param lost flow records that could not be sent, since then
record Statistics(int domain, long sent, long lost) implements DataRecord {
    /// observationDomainId, exportedFlowRecordTotalCount, notSentFlowTotalCount
    static final List<Field> FIELDS = List.of(Field.iana(149, 4), Field.iana(42, 8), Field.iana(166, 8));

    @Override
    public Template template() {
        return Template.STATISTICS;
    }

    @Override
    public void write(ByteBuffer out) {
        out.putInt(domain).putLong(sent).putLong(lost);
    }
}
