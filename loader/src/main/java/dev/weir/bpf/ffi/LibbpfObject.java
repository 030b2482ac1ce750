// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static dev.weir.bpf.ffi.NativeFunction.pointer;

import java.lang.foreign.MemorySegment;

/// BPF objects, and the maps and programs in them, before and after they are loaded (`bpf/libbpf.h`). Pointers to
/// libbpf's own structs are opaque and travel as `long`; what returns one returns the negative errno where C returns
/// NULL.
@SuppressWarnings("MemberName") // the names of C
public final class LibbpfObject {
    private static final int NAME_BYTES = 256;
    private static final int PATH_BYTES = 4096;
    private static final NativeLibrary LIBBPF = Libbpf.LIBBPF;

    private static final NativeFunction BPF_OBJECT_OPEN_MEM = LIBBPF.bind("bpf_object__open_mem");
    private static final NativeFunction BPF_OBJECT_LOAD = LIBBPF.bind("bpf_object__load");
    private static final NativeFunction BPF_OBJECT_CLOSE = LIBBPF.bind("bpf_object__close");
    private static final NativeFunction BPF_OBJECT_FIND_MAP_BY_NAME = LIBBPF.bind("bpf_object__find_map_by_name");
    private static final NativeFunction BPF_OBJECT_FIND_PROGRAM_BY_NAME =
            LIBBPF.bind("bpf_object__find_program_by_name");
    private static final NativeFunction BPF_OBJECT_NEXT_MAP = LIBBPF.bind("bpf_object__next_map");
    private static final NativeFunction BPF_OBJECT_NEXT_PROGRAM = LIBBPF.bind("bpf_object__next_program");
    private static final NativeFunction BPF_MAP_FD = LIBBPF.bind("bpf_map__fd");
    private static final NativeFunction BPF_MAP_TYPE = LIBBPF.bind("bpf_map__type");
    private static final NativeFunction BPF_MAP_KEY_SIZE = LIBBPF.bind("bpf_map__key_size");
    private static final NativeFunction BPF_MAP_VALUE_SIZE = LIBBPF.bind("bpf_map__value_size");
    private static final NativeFunction BPF_MAP_MAX_ENTRIES = LIBBPF.bind("bpf_map__max_entries");
    private static final NativeFunction BPF_MAP_PIN_PATH = LIBBPF.bind("bpf_map__pin_path");
    private static final NativeFunction BPF_MAP_SET_VALUE_SIZE = LIBBPF.bind("bpf_map__set_value_size");
    private static final NativeFunction BPF_MAP_SET_MAX_ENTRIES = LIBBPF.bind("bpf_map__set_max_entries");
    private static final NativeFunction BPF_MAP_SET_PIN_PATH = LIBBPF.bind("bpf_map__set_pin_path");
    private static final NativeFunction BPF_MAP_REUSE_FD = LIBBPF.bind("bpf_map__reuse_fd");
    private static final NativeFunction BPF_MAP_SET_INITIAL_VALUE = LIBBPF.bind("bpf_map__set_initial_value");
    private static final NativeFunction BPF_PROGRAM_FD = LIBBPF.bind("bpf_program__fd");
    private static final NativeFunction BPF_PROGRAM_NAME = LIBBPF.bind("bpf_program__name");
    private static final NativeFunction BPF_PROGRAM_SET_AUTOLOAD = LIBBPF.bind("bpf_program__set_autoload");
    private static final NativeFunction BPF_PROGRAM_SET_LOG_BUF = LIBBPF.bind("bpf_program__set_log_buf");

    private LibbpfObject() {}

    /// `struct bpf_object *bpf_object__open_mem(const void *, size_t, const struct bpf_object_open_opts *)`, libbpf
    /// 0.0.4.
    public static long bpf_object__open_mem(MemorySegment bytes, long size, MemorySegment options) {
        return BPF_OBJECT_OPEN_MEM.callPointer(pointer(bytes), size, pointer(options));
    }

    /// `int bpf_object__load(struct bpf_object *)`, libbpf 0.0.1.
    public static int bpf_object__load(long object) {
        return (int) BPF_OBJECT_LOAD.call(object);
    }

    /// `void bpf_object__close(struct bpf_object *)`, libbpf 0.0.1.
    public static void bpf_object__close(long object) {
        long _ = BPF_OBJECT_CLOSE.call(object);
    }

    /// `struct bpf_map *bpf_object__find_map_by_name(const struct bpf_object *, const char *)`, libbpf 0.0.1.
    public static long bpf_object__find_map_by_name(long object, MemorySegment name) {
        return BPF_OBJECT_FIND_MAP_BY_NAME.callPointer(object, pointer(name));
    }

    /// `struct bpf_program *bpf_object__find_program_by_name(const struct bpf_object *, const char *)`,
    /// libbpf 0.0.9.
    public static long bpf_object__find_program_by_name(long object, MemorySegment name) {
        return BPF_OBJECT_FIND_PROGRAM_BY_NAME.callPointer(object, pointer(name));
    }

    /// `struct bpf_map *bpf_object__next_map(const struct bpf_object *, const struct bpf_map *)`, libbpf 0.7; 0
    /// after the last.
    public static long bpf_object__next_map(long object, long previous) {
        return BPF_OBJECT_NEXT_MAP.call(object, previous);
    }

    /// `struct bpf_program *bpf_object__next_program(const struct bpf_object *, struct bpf_program *)`, libbpf
    /// 0.7; 0 after the last.
    public static long bpf_object__next_program(long object, long previous) {
        return BPF_OBJECT_NEXT_PROGRAM.call(object, previous);
    }

    /// `int bpf_map__fd(const struct bpf_map *)`, libbpf 0.0.1.
    public static int bpf_map__fd(long map) {
        return (int) BPF_MAP_FD.call(map);
    }

    /// `enum bpf_map_type bpf_map__type(const struct bpf_map *)`, libbpf 0.2.
    public static int bpf_map__type(long map) {
        return (int) BPF_MAP_TYPE.call(map);
    }

    /// `__u32 bpf_map__key_size(const struct bpf_map *)`, libbpf 0.2.
    public static int bpf_map__key_size(long map) {
        return (int) BPF_MAP_KEY_SIZE.call(map);
    }

    /// `__u32 bpf_map__value_size(const struct bpf_map *)`, libbpf 0.2.
    public static int bpf_map__value_size(long map) {
        return (int) BPF_MAP_VALUE_SIZE.call(map);
    }

    /// `__u32 bpf_map__max_entries(const struct bpf_map *)`, libbpf 0.2.
    public static int bpf_map__max_entries(long map) {
        return (int) BPF_MAP_MAX_ENTRIES.call(map);
    }

    /// `const char *bpf_map__pin_path(const struct bpf_map *)`, libbpf 0.8; empty without one.
    public static String bpf_map__pin_path(long map) {
        return CStrings.read(BPF_MAP_PIN_PATH.call(map), PATH_BYTES);
    }

    /// `int bpf_map__set_value_size(struct bpf_map *, __u32)`, libbpf 0.2.
    public static int bpf_map__set_value_size(long map, int size) {
        return (int) BPF_MAP_SET_VALUE_SIZE.call(map, size);
    }

    /// `int bpf_map__set_max_entries(struct bpf_map *, __u32)`, libbpf 0.2.
    public static int bpf_map__set_max_entries(long map, int entries) {
        return (int) BPF_MAP_SET_MAX_ENTRIES.call(map, entries);
    }

    /// `int bpf_map__set_pin_path(struct bpf_map *, const char *)`, libbpf 0.0.6.
    public static int bpf_map__set_pin_path(long map, MemorySegment path) {
        return (int) BPF_MAP_SET_PIN_PATH.call(map, pointer(path));
    }

    /// `int bpf_map__set_initial_value(struct bpf_map *, const void *, size_t)`, libbpf 0.1.
    public static int bpf_map__set_initial_value(long map, MemorySegment data, long size) {
        return (int) BPF_MAP_SET_INITIAL_VALUE.call(map, pointer(data), size);
    }

    /// `int bpf_map__reuse_fd(struct bpf_map *, int)`, libbpf 0.0.1; the descriptor stays the caller's.
    public static int bpf_map__reuse_fd(long map, int fd) {
        return (int) BPF_MAP_REUSE_FD.call(map, fd);
    }

    /// `int bpf_program__fd(const struct bpf_program *)`, libbpf 0.0.1.
    public static int bpf_program__fd(long program) {
        return (int) BPF_PROGRAM_FD.call(program);
    }

    /// `const char *bpf_program__name(const struct bpf_program *)`, libbpf 0.0.1.
    public static String bpf_program__name(long program) {
        return CStrings.read(BPF_PROGRAM_NAME.call(program), NAME_BYTES);
    }

    /// `int bpf_program__set_autoload(struct bpf_program *, bool)`, libbpf 0.1.
    public static int bpf_program__set_autoload(long program, boolean autoload) {
        return (int) BPF_PROGRAM_SET_AUTOLOAD.call(program, autoload ? 1L : 0);
    }

    /// `int bpf_program__set_log_buf(struct bpf_program *, char *, size_t)`, libbpf 0.7.
    public static int bpf_program__set_log_buf(long program, MemorySegment buffer, long size) {
        return (int) BPF_PROGRAM_SET_LOG_BUF.call(program, pointer(buffer), size);
    }
}
