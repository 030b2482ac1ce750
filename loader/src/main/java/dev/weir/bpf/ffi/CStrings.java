// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// Text that native code hands out.
public final class CStrings {
    private CStrings() {}

    /// The text at `address` up to its NUL, at most `limit` bytes; empty for NULL.
    static String read(long address, int limit) {
        return address == 0 ? "" : read(MemorySegment.ofAddress(address).reinterpret(limit));
    }

    /// The text in `field` up to its first NUL, or all of it where there is none.
    public static String read(MemorySegment field) {
        int length = 0;
        while (length < field.byteSize() && field.get(ValueLayout.JAVA_BYTE, length) != 0) {
            length++;
        }
        return new String(field.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }
}
