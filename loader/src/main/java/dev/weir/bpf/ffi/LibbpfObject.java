// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static dev.weir.bpf.ffi.NativeLibrary.pointer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// BPF objects, and the maps and programs in them, before and after they are loaded (`bpf/libbpf.h`). Pointers to
/// libbpf's own structs are opaque and travel as `long`; what returns one returns the negative errno where C returns
/// NULL.
@SuppressWarnings("MemberName") // the names of C
public final class LibbpfObject {
    private static final int NAME_BYTES = 256;
    private static final int PATH_BYTES = 4096;
    private static final NativeLibrary LIBBPF = Libbpf.LIBBPF;

    private static final MethodHandle BPF_OBJECT_OPEN_MEM = LIBBPF.bindWithErrno("bpf_object__open_mem", 3);
    private static final MethodHandle BPF_OBJECT_LOAD = LIBBPF.bind("bpf_object__load", 1);
    private static final MethodHandle BPF_OBJECT_CLOSE = LIBBPF.bind("bpf_object__close", 1);
    private static final MethodHandle BPF_OBJECT_FIND_MAP_BY_NAME =
            LIBBPF.bindWithErrno("bpf_object__find_map_by_name", 2);
    private static final MethodHandle BPF_OBJECT_FIND_PROGRAM_BY_NAME =
            LIBBPF.bindWithErrno("bpf_object__find_program_by_name", 2);
    private static final MethodHandle BPF_OBJECT_NEXT_MAP = LIBBPF.bind("bpf_object__next_map", 2);
    private static final MethodHandle BPF_OBJECT_NEXT_PROGRAM = LIBBPF.bind("bpf_object__next_program", 2);
    private static final MethodHandle BPF_MAP_FD = LIBBPF.bind("bpf_map__fd", 1);
    private static final MethodHandle BPF_MAP_TYPE = LIBBPF.bind("bpf_map__type", 1);
    private static final MethodHandle BPF_MAP_KEY_SIZE = LIBBPF.bind("bpf_map__key_size", 1);
    private static final MethodHandle BPF_MAP_VALUE_SIZE = LIBBPF.bind("bpf_map__value_size", 1);
    private static final MethodHandle BPF_MAP_MAX_ENTRIES = LIBBPF.bind("bpf_map__max_entries", 1);
    private static final MethodHandle BPF_MAP_PIN_PATH = LIBBPF.bind("bpf_map__pin_path", 1);
    private static final MethodHandle BPF_MAP_SET_VALUE_SIZE = LIBBPF.bind("bpf_map__set_value_size", 2);
    private static final MethodHandle BPF_MAP_SET_MAX_ENTRIES = LIBBPF.bind("bpf_map__set_max_entries", 2);
    private static final MethodHandle BPF_MAP_SET_PIN_PATH = LIBBPF.bind("bpf_map__set_pin_path", 2);
    private static final MethodHandle BPF_MAP_REUSE_FD = LIBBPF.bind("bpf_map__reuse_fd", 2);
    private static final MethodHandle BPF_MAP_SET_INITIAL_VALUE = LIBBPF.bind("bpf_map__set_initial_value", 3);
    private static final MethodHandle BPF_PROGRAM_FD = LIBBPF.bind("bpf_program__fd", 1);
    private static final MethodHandle BPF_PROGRAM_NAME = LIBBPF.bind("bpf_program__name", 1);
    private static final MethodHandle BPF_PROGRAM_SET_AUTOLOAD = LIBBPF.bind("bpf_program__set_autoload", 2);
    private static final MethodHandle BPF_PROGRAM_SET_LOG_BUF = LIBBPF.bind("bpf_program__set_log_buf", 3);

    private LibbpfObject() {}

    /// `struct bpf_object *bpf_object__open_mem(const void *, size_t, const struct bpf_object_open_opts *)`, libbpf
    /// 0.0.4.
    public static long bpf_object__open_mem(MemorySegment bytes, long size, MemorySegment options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            long pointer = (long) BPF_OBJECT_OPEN_MEM.invokeExact(errno, pointer(bytes), size, pointer(options));
            return pointer == 0 ? -CapturedErrno.number(errno) : pointer;
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_object__load(struct bpf_object *)`, libbpf 0.0.1.
    public static int bpf_object__load(long object) {
        try {
            return (int) (long) BPF_OBJECT_LOAD.invokeExact(object);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `void bpf_object__close(struct bpf_object *)`, libbpf 0.0.1.
    public static void bpf_object__close(long object) {
        try {
            long _ = (long) BPF_OBJECT_CLOSE.invokeExact(object);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `struct bpf_map *bpf_object__find_map_by_name(const struct bpf_object *, const char *)`, libbpf 0.0.1.
    public static long bpf_object__find_map_by_name(long object, MemorySegment name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            long pointer = (long) BPF_OBJECT_FIND_MAP_BY_NAME.invokeExact(errno, object, pointer(name));
            return pointer == 0 ? -CapturedErrno.number(errno) : pointer;
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `struct bpf_program *bpf_object__find_program_by_name(const struct bpf_object *, const char *)`,
    /// libbpf 0.0.9.
    public static long bpf_object__find_program_by_name(long object, MemorySegment name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = CapturedErrno.buffer(arena);
            long pointer = (long) BPF_OBJECT_FIND_PROGRAM_BY_NAME.invokeExact(errno, object, pointer(name));
            return pointer == 0 ? -CapturedErrno.number(errno) : pointer;
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `struct bpf_map *bpf_object__next_map(const struct bpf_object *, const struct bpf_map *)`, libbpf 0.7; 0
    /// after the last.
    public static long bpf_object__next_map(long object, long previous) {
        try {
            return (long) BPF_OBJECT_NEXT_MAP.invokeExact(object, previous);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `struct bpf_program *bpf_object__next_program(const struct bpf_object *, struct bpf_program *)`, libbpf
    /// 0.7; 0 after the last.
    public static long bpf_object__next_program(long object, long previous) {
        try {
            return (long) BPF_OBJECT_NEXT_PROGRAM.invokeExact(object, previous);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map__fd(const struct bpf_map *)`, libbpf 0.0.1.
    public static int bpf_map__fd(long map) {
        try {
            return (int) (long) BPF_MAP_FD.invokeExact(map);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `enum bpf_map_type bpf_map__type(const struct bpf_map *)`, libbpf 0.2.
    public static int bpf_map__type(long map) {
        try {
            return (int) (long) BPF_MAP_TYPE.invokeExact(map);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `__u32 bpf_map__key_size(const struct bpf_map *)`, libbpf 0.2.
    public static int bpf_map__key_size(long map) {
        try {
            return (int) (long) BPF_MAP_KEY_SIZE.invokeExact(map);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `__u32 bpf_map__value_size(const struct bpf_map *)`, libbpf 0.2.
    public static int bpf_map__value_size(long map) {
        try {
            return (int) (long) BPF_MAP_VALUE_SIZE.invokeExact(map);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `__u32 bpf_map__max_entries(const struct bpf_map *)`, libbpf 0.2.
    public static int bpf_map__max_entries(long map) {
        try {
            return (int) (long) BPF_MAP_MAX_ENTRIES.invokeExact(map);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `const char *bpf_map__pin_path(const struct bpf_map *)`, libbpf 0.8; empty without one.
    public static String bpf_map__pin_path(long map) {
        try {
            return CStrings.read((long) BPF_MAP_PIN_PATH.invokeExact(map), PATH_BYTES);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map__set_value_size(struct bpf_map *, __u32)`, libbpf 0.2.
    public static int bpf_map__set_value_size(long map, int size) {
        try {
            return (int) (long) BPF_MAP_SET_VALUE_SIZE.invokeExact(map, (long) size);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map__set_max_entries(struct bpf_map *, __u32)`, libbpf 0.2.
    public static int bpf_map__set_max_entries(long map, int entries) {
        try {
            return (int) (long) BPF_MAP_SET_MAX_ENTRIES.invokeExact(map, (long) entries);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map__set_pin_path(struct bpf_map *, const char *)`, libbpf 0.0.6.
    public static int bpf_map__set_pin_path(long map, MemorySegment path) {
        try {
            return (int) (long) BPF_MAP_SET_PIN_PATH.invokeExact(map, pointer(path));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map__set_initial_value(struct bpf_map *, const void *, size_t)`, libbpf 0.1.
    public static int bpf_map__set_initial_value(long map, MemorySegment data, long size) {
        try {
            return (int) (long) BPF_MAP_SET_INITIAL_VALUE.invokeExact(map, pointer(data), size);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map__reuse_fd(struct bpf_map *, int)`, libbpf 0.0.1; the descriptor stays the caller's.
    public static int bpf_map__reuse_fd(long map, int fd) {
        try {
            return (int) (long) BPF_MAP_REUSE_FD.invokeExact(map, (long) fd);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_program__fd(const struct bpf_program *)`, libbpf 0.0.1.
    public static int bpf_program__fd(long program) {
        try {
            return (int) (long) BPF_PROGRAM_FD.invokeExact(program);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `const char *bpf_program__name(const struct bpf_program *)`, libbpf 0.0.1.
    public static String bpf_program__name(long program) {
        try {
            return CStrings.read((long) BPF_PROGRAM_NAME.invokeExact(program), NAME_BYTES);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_program__set_autoload(struct bpf_program *, bool)`, libbpf 0.1.
    public static int bpf_program__set_autoload(long program, boolean autoload) {
        try {
            return (int) (long) BPF_PROGRAM_SET_AUTOLOAD.invokeExact(program, autoload ? 1L : 0L);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_program__set_log_buf(struct bpf_program *, char *, size_t)`, libbpf 0.7.
    public static int bpf_program__set_log_buf(long program, MemorySegment buffer, long size) {
        try {
            return (int) (long) BPF_PROGRAM_SET_LOG_BUF.invokeExact(program, pointer(buffer), size);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }
}
