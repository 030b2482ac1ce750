// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import java.nio.ByteBuffer;

/// What a template says of one field: which information element, and how long it is (RFC 7011, section 3.2).
///
/// @param element its number
/// @param bytes of each value; [#VARIABLE]: each value says so itself
/// @param enterprise whose number it is; [#IANA]: that of everybody
record Field(int element, int bytes, int enterprise) {
    /// As a length: each value begins with its own.
    static final int VARIABLE = 65_535;

    /// As an enterprise: the element is one of IANA's.
    static final int IANA = 0;

    /// Weir's own elements. None is registered for it, so it takes the number that RFC 5612 gives to examples.
    static final int WEIR = 32_473;

    private static final int ENTERPRISE_BIT = 0x8000;

    static Field iana(int element, int bytes) {
        return new Field(element, bytes, IANA);
    }

    static Field weir(int element) {
        return new Field(element, VARIABLE, WEIR);
    }

    void write(ByteBuffer out) {
        boolean own = enterprise != IANA;
        out.putShort((short) (own ? element | ENTERPRISE_BIT : element)).putShort((short) bytes);
        if (own) {
            out.putInt(enterprise);
        }
    }
}
