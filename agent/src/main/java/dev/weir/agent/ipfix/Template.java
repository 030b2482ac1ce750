// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import java.nio.ByteBuffer;
import java.util.List;

/// What the data records of one set consist of (RFC 7011, section 3.4).
///
/// @param id of the set that such records are in, from 256
/// @param scopes how many of the fields, from the first, say what the others are about; 0: these are no options
record Template(int id, int scopes, List<Field> fields) {
    private static final int TEMPLATES = 2;
    private static final int OPTIONS_TEMPLATES = 3;

    /// Flows between IPv4 addresses, and between IPv6 addresses.
    static final Template FLOWS_V4 = flows(256, FlowField.V4);

    static final Template FLOWS_V6 = flows(257, FlowField.V6);

    /// What the exporter says of itself: see [Statistics].
    static final Template STATISTICS = new Template(258, 1, Statistics.FIELDS);

    /// All that are told to a collector.
    static final List<Template> ALL = List.of(FLOWS_V4, FLOWS_V6, STATISTICS);

    Template {
        fields = List.copyOf(fields);
    }

    private static Template flows(int id, List<FlowField> fields) {
        return new Template(id, 0, fields.stream().map(FlowField::field).toList());
    }

    /// Writes a set that holds this template and nothing else.
    void write(ByteBuffer out) {
        int start = out.position();
        out.putShort((short) (scopes == 0 ? TEMPLATES : OPTIONS_TEMPLATES)).putShort((short) 0);
        out.putShort((short) id).putShort((short) fields.size());
        if (scopes != 0) {
            out.putShort((short) scopes);
        }
        fields.forEach(field -> field.write(out));
        out.putShort(start + Short.BYTES, (short) (out.position() - start));
    }
}
