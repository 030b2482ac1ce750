// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import java.nio.ByteBuffer;

/// One data record: values in the order of its template.
sealed interface DataRecord permits FlowRecord, Statistics {
    /// More than one takes: two IPv6 addresses, 49 bytes of numbers, and five texts of which the
    /// kernel's maps hold at most 63 bytes each.
    int MAX_BYTES = 400;

    Template template();

    /// Writes the values.
    ///
    /// @throws java.nio.BufferOverflowException when `out` has less room than [#MAX_BYTES]
    void write(ByteBuffer out);
}
