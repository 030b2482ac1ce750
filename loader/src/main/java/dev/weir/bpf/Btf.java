// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.weir.bpf.BpfException.AbiMismatch;
import dev.weir.bpf.ffi.Libbpf;
import dev.weir.bpf.ffi.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The types that whoever loaded an object told the kernel: the format of `Documentation/bpf/btf.rst`. Only
/// as much of it is read as structs of integers need.
final class Btf {
    static final Btf EMPTY = new Btf(ByteBuffer.allocate(0), 0, List.of());

    /// More than any struct of Weir has, and little to hold.
    private static final int MAX_FIELDS = 65_536;

    private static final int MAX_DEPTH = 32;
    private static final int MAX_BYTES = 16 << 20; // BTF_MAX_SIZE of the kernel
    private static final int MAGIC = 0xeb9f;

    // struct bpf_btf_info of linux/bpf.h
    private static final int INFO_BYTES = 32;
    private static final int INFO_SIZE = 8;

    // struct btf_header of linux/btf.h
    private static final int HEADER_LENGTH = 4;
    private static final int TYPE_OFFSET = 8;
    private static final int TYPE_LENGTH = 12;
    private static final int STRING_OFFSET = 16;

    private static final int TYPE_BYTES = 12;
    private static final int MEMBER_BYTES = 12;

    private final ByteBuffer bytes;
    private final int strings;
    private final List<Integer> types; // where each stands; number 0 is void

    private Btf(ByteBuffer bytes, int strings, List<Integer> types) {
        this.bytes = bytes;
        this.strings = strings;
        this.types = types;
    }

    /// Reads the BTF with this number.
    static Btf ofKernel(int id) {
        int fd = Libbpf.bpf_btf_get_fd_by_id(id);
        if (fd < 0) {
            throw BpfException.of("open the types of a map, BTF " + id, fd, "run as root: it needs CAP_SYS_ADMIN");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(INFO_BYTES, Long.BYTES);
            ask(fd, info, arena);
            int size = Math.clamp(info.get(JAVA_INT, INFO_SIZE), 0, MAX_BYTES);
            MemorySegment data = arena.allocate(size, Long.BYTES);
            info.fill((byte) 0);
            info.set(ADDRESS, 0, data);
            info.set(JAVA_INT, INFO_SIZE, size);
            ask(fd, info, arena);
            return parse(ByteBuffer.wrap(data.toArray(JAVA_BYTE)).order(ByteOrder.LITTLE_ENDIAN));
        } finally {
            Libc.close(fd);
        }
    }

    private static void ask(int fd, MemorySegment info, Arena arena) {
        int result = Libbpf.bpf_obj_get_info_by_fd(fd, info, arena.allocateFrom(JAVA_INT, INFO_BYTES));
        if (result < 0) {
            throw BpfException.of("read the types of a map", result);
        }
    }

    static Btf parse(ByteBuffer bytes) {
        if (Short.toUnsignedInt(bytes.getShort(0)) != MAGIC) {
            throw new AbiMismatch("the types of a map", "they are not little-endian BTF");
        }
        int header = bytes.getInt(HEADER_LENGTH);
        int at = header + bytes.getInt(TYPE_OFFSET);
        int end = at + bytes.getInt(TYPE_LENGTH);
        List<Integer> types = new ArrayList<>();
        types.add(0);
        while (at < end) {
            types.add(at);
            at += TYPE_BYTES + tail(bytes.getInt(at + 4));
        }
        return new Btf(bytes, header + bytes.getInt(STRING_OFFSET), types);
    }

    /// Bytes that follow the first twelve of a type.
    private static int tail(int info) {
        int count = info & 0xffff;
        return switch (kind(info)) {
            case INT, VAR, DECL_TAG -> 4;
            case ARRAY -> 12;
            case STRUCT, UNION, DATASEC, ENUM64 -> count * MEMBER_BYTES;
            case ENUM, FUNC_PROTO -> count * 8;
            case POINTER, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FLOAT, TYPE_TAG -> 0;
        };
    }

    /// `BTF_KIND_*`, from 1.
    private enum Kind {
        INT,
        POINTER,
        ARRAY,
        STRUCT,
        UNION,
        ENUM,
        FWD,
        TYPEDEF,
        VOLATILE,
        CONST,
        RESTRICT,
        FUNC,
        FUNC_PROTO,
        VAR,
        DATASEC,
        FLOAT,
        DECL_TAG,
        TYPE_TAG,
        ENUM64
    }

    private static final List<Kind> KINDS = List.of(Kind.values());

    private static Kind kind(int info) {
        int number = info >>> 24 & 0x1f;
        if (number == 0 || number > KINDS.size()) {
            throw new AbiMismatch("the types of a map", "kind " + number + " of BTF is not known");
        }
        return KINDS.get(number - 1);
    }

    /// The fields of a type in order, those of structs and arrays in it one by one.
    ///
    /// @throws AbiMismatch when it holds anything but integers and bytes
    List<StructField> fields(int type) {
        List<StructField> fields = new ArrayList<>();
        collect("", "", type, 0, 0, fields);
        return fields;
    }

    /// @param named what the C side calls it, of the names on the way here the first
    private void collect(String path, String named, int type, int offset, int depth, List<StructField> into) {
        if (depth > MAX_DEPTH || into.size() >= MAX_FIELDS) {
            throw new AbiMismatch("the types of a map", path + " is too deep or too large");
        }
        int at = types.get(type);
        String name = named.isEmpty() ? string(bytes.getInt(at)) : named;
        switch (kind(bytes.getInt(at + 4))) {
            case TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG ->
                collect(path, name, bytes.getInt(at + 8), offset, depth + 1, into);
            case INT, ENUM, ENUM64 -> into.add(new StructField(path, name, offset, bytes.getInt(at + 8)));
            case ARRAY -> array(path, at + TYPE_BYTES, offset, depth, into);
            case STRUCT -> {
                int members = bytes.getInt(at + 4) & 0xffff;
                for (int i = 0; i < members; i++) {
                    int member = at + TYPE_BYTES + i * MEMBER_BYTES;
                    String inner = (path.isEmpty() ? "" : path + ".") + string(bytes.getInt(member));
                    collect(inner, "", bytes.getInt(member + 4), offset + bits(member, at) / 8, depth + 1, into);
                }
            }
            default -> throw new AbiMismatch("the types of a map", path + " is no integer");
        }
    }

    /// Where a member stands; with kind_flag the upper bits are the size of a bitfield.
    private int bits(int member, int struct) {
        int offset = bytes.getInt(member + 8);
        return bytes.getInt(struct + 4) < 0 ? offset & 0xff_ffff : offset;
    }

    private void array(String path, int at, int offset, int depth, List<StructField> into) {
        int element = bytes.getInt(at);
        int count = bytes.getInt(at + 8);
        List<StructField> first = new ArrayList<>();
        collect("", "", element, 0, depth + 1, first);
        if (first.size() == 1 && first.getFirst().bytes() == 1) {
            into.add(new StructField(path, "bytes", offset, count));
            return;
        }
        int stride = first.stream()
                .mapToInt(field -> field.offset() + field.bytes())
                .max()
                .orElse(0);
        for (int i = 0; i < count; i++) {
            collect(path + "[" + i + "]", "", element, offset + i * size(element, stride), depth + 1, into);
        }
    }

    /// Bytes of an element; a struct may end in padding.
    private int size(int type, int otherwise) {
        int at = types.get(type);
        return switch (kind(bytes.getInt(at + 4))) {
            case TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG -> size(bytes.getInt(at + 8), otherwise);
            case STRUCT, INT, ENUM, ENUM64 -> bytes.getInt(at + 8);
            default -> otherwise;
        };
    }

    private String string(int offset) {
        int start = strings + offset;
        int end = start;
        while (bytes.get(end) != 0) {
            end++;
        }
        byte[] text = new byte[end - start];
        bytes.get(start, text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
