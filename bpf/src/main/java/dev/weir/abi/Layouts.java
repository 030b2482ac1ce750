// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// The field types of `abi.h` and how the ones that Java has no type for are read and written. Fields are accessed
/// unaligned, so that structs may stand anywhere in a batch buffer or in a byte array.
final class Layouts {
    static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
    static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /// `__be16`: as on the wire.
    static final ValueLayout.OfShort BE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final ValueLayout.OfLong BE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final int MAX_UTF8 = 3; // bytes of a char

    private Layouts() {}

    static StructLayout struct(String name, MemoryLayout... fields) {
        return MemoryLayout.structLayout(fields).withName(name);
    }

    static SequenceLayout array(int length, MemoryLayout element, String name) {
        return MemoryLayout.sequenceLayout(length, element).withName(name);
    }

    /// An address of either family: 16 bytes in network order.
    static SequenceLayout address(String name) {
        return array(16, U8, name);
    }

    static int offset(StructLayout struct, String field) {
        return (int) struct.byteOffset(groupElement(field));
    }

    static IpAddress address(MemorySegment source, int offset) {
        return new IpAddress(source.get(BE64, offset), source.get(BE64, offset + 8));
    }

    static void address(MemorySegment target, int offset, IpAddress address) {
        target.set(BE64, offset, address.high());
        target.set(BE64, offset + 8, address.low());
    }

    /// A name in a field of `bytes` bytes: UTF-8 up to the first NUL, or the whole field where there is none.
    static String name(MemorySegment source, int offset, int bytes) {
        byte[] field = source.asSlice(offset, bytes).toArray(U8);
        int length = 0;
        while (length < bytes && field[length] != 0) {
            length++;
        }
        return new String(field, 0, length, StandardCharsets.UTF_8);
    }

    static void name(MemorySegment target, int offset, String name) {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(utf8, 0, target, U8, offset, utf8.length);
    }

    /// @throws IllegalArgumentException when `name` and its closing NUL do not fit in a field of `bytes` bytes
    static void checkName(String what, String name, int bytes) {
        if (MAX_UTF8 * name.length() < bytes && name.indexOf('\0') < 0) {
            return;
        }
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length >= bytes || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s \"%s\" takes %d bytes; at most %d without a NUL fit",
                    what,
                    name,
                    length,
                    bytes - 1));
        }
    }

    static void checkUnsigned(String what, int value, int bits) {
        if (value < 0 || value >>> bits != 0) {
            throw new IllegalArgumentException(what + " is " + value + "; expected 0 to " + ((1L << bits) - 1));
        }
    }

    /// The constant that a kernel byte stands for.
    static <E extends Enum<E>> E constant(E[] values, int number) {
        if (number < 0 || number >= values.length) {
            throw new IllegalArgumentException(
                    number + " is no " + values.getClass().getComponentType().getSimpleName());
        }
        return values[number];
    }
}
