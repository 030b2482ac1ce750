// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static dev.weir.bpf.ffi.NativeLibrary.pointer;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Maps, programs and links of the kernel by descriptor (`bpf/bpf.h`), and the library itself. Every function
/// returns its value or a negative errno, as libbpf does since 1.0.
@SuppressWarnings("MemberName") // the names of C
public final class Libbpf {
    static final NativeLibrary LIBBPF =
            NativeLibrary.open("libbpf.so.1", "install libbpf 1.1 or newer: apt install libbpf1");

    private static final MethodHandle LIBBPF_SET_PRINT = LIBBPF.bind("libbpf_set_print", 1);
    private static final MethodHandle LIBBPF_NUM_POSSIBLE_CPUS = LIBBPF.bind("libbpf_num_possible_cpus", 0);
    private static final MethodHandle BPF_MAP_CREATE = LIBBPF.bind("bpf_map_create", 6);
    private static final MethodHandle BPF_MAP_LOOKUP_ELEM = LIBBPF.bind("bpf_map_lookup_elem", 3);
    private static final MethodHandle BPF_MAP_UPDATE_ELEM = LIBBPF.bind("bpf_map_update_elem", 4);
    private static final MethodHandle BPF_MAP_DELETE_ELEM = LIBBPF.bind("bpf_map_delete_elem", 2);
    private static final MethodHandle BPF_MAP_GET_NEXT_KEY = LIBBPF.bind("bpf_map_get_next_key", 3);
    private static final MethodHandle BPF_MAP_LOOKUP_BATCH = LIBBPF.bind("bpf_map_lookup_batch", 7);
    private static final MethodHandle BPF_MAP_UPDATE_BATCH = LIBBPF.bind("bpf_map_update_batch", 5);
    private static final MethodHandle BPF_OBJ_PIN = LIBBPF.bind("bpf_obj_pin", 2);
    private static final MethodHandle BPF_OBJ_GET = LIBBPF.bind("bpf_obj_get", 1);
    private static final MethodHandle BPF_OBJ_GET_INFO_BY_FD = LIBBPF.bind("bpf_obj_get_info_by_fd", 3);
    private static final MethodHandle BPF_PROG_GET_FD_BY_ID = LIBBPF.bind("bpf_prog_get_fd_by_id", 1);
    private static final MethodHandle BPF_MAP_GET_FD_BY_ID = LIBBPF.bind("bpf_map_get_fd_by_id", 1);
    private static final MethodHandle BPF_BTF_GET_FD_BY_ID = LIBBPF.bind("bpf_btf_get_fd_by_id", 1);
    private static final MethodHandle BPF_PROG_TEST_RUN_OPTS = LIBBPF.bind("bpf_prog_test_run_opts", 2);
    private static final MethodHandle BPF_LINK_UPDATE = LIBBPF.bind("bpf_link_update", 3);
    private static final MethodHandle BPF_LINK_DETACH = LIBBPF.bind("bpf_link_detach", 1);
    private static final MethodHandle BPF_LINK_GET_NEXT_ID = LIBBPF.bind("bpf_link_get_next_id", 2);
    private static final MethodHandle BPF_LINK_GET_FD_BY_ID = LIBBPF.bind("bpf_link_get_fd_by_id", 1);

    private Libbpf() {}

    /// `libbpf_print_fn_t libbpf_set_print(libbpf_print_fn_t)`, libbpf 0.0.1, with NULL: libbpf no longer writes to
    /// standard error. What failed is told by errno and the verifier's log.
    public static void silence() {
        try {
            long _ = (long) LIBBPF_SET_PRINT.invokeExact(0L);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int libbpf_num_possible_cpus(void)`, libbpf 0.0.3: CPUs for which per-CPU maps hold a value.
    public static int libbpf_num_possible_cpus() {
        try {
            return (int) (long) LIBBPF_NUM_POSSIBLE_CPUS.invokeExact();
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map_create(enum bpf_map_type, const char *, __u32, __u32, __u32, const struct bpf_map_create_opts *)`,
    /// libbpf 0.7.
    public static int bpf_map_create(
            int type, MemorySegment name, int keySize, int valueSize, int entries, MemorySegment options) {
        try {
            return (int) (long) BPF_MAP_CREATE.invokeExact(
                    (long) type, pointer(name), (long) keySize, (long) valueSize, (long) entries, pointer(options));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map_lookup_elem(int fd, const void *key, void *value)`, libbpf 0.0.1.
    public static int bpf_map_lookup_elem(int fd, MemorySegment key, MemorySegment value) {
        try {
            return (int) (long) BPF_MAP_LOOKUP_ELEM.invokeExact((long) fd, pointer(key), pointer(value));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)`, libbpf 0.0.1.
    public static int bpf_map_update_elem(int fd, MemorySegment key, MemorySegment value, long flags) {
        try {
            return (int) (long) BPF_MAP_UPDATE_ELEM.invokeExact((long) fd, pointer(key), pointer(value), flags);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map_delete_elem(int fd, const void *key)`, libbpf 0.0.1.
    public static int bpf_map_delete_elem(int fd, MemorySegment key) {
        try {
            return (int) (long) BPF_MAP_DELETE_ELEM.invokeExact((long) fd, pointer(key));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map_get_next_key(int fd, const void *key, void *next_key)`, libbpf 0.0.1; `key` NULL: the first.
    public static int bpf_map_get_next_key(int fd, MemorySegment key, MemorySegment next) {
        try {
            return (int) (long) BPF_MAP_GET_NEXT_KEY.invokeExact((long) fd, pointer(key), pointer(next));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map_lookup_batch(int fd, void *in_batch, void *out_batch, void *keys, void *values, __u32 *count, …)`,
    /// libbpf 0.0.8.
    public static int bpf_map_lookup_batch(
            int fd,
            MemorySegment from,
            MemorySegment to,
            MemorySegment keys,
            MemorySegment values,
            MemorySegment count,
            MemorySegment options) {
        try {
            return (int) (long) BPF_MAP_LOOKUP_BATCH.invokeExact(
                    (long) fd,
                    pointer(from),
                    pointer(to),
                    pointer(keys),
                    pointer(values),
                    pointer(count),
                    pointer(options));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map_update_batch(int fd, const void *keys, const void *values, __u32 *count, …)`, libbpf 0.0.8.
    public static int bpf_map_update_batch(
            int fd, MemorySegment keys, MemorySegment values, MemorySegment count, MemorySegment options) {
        try {
            return (int) (long) BPF_MAP_UPDATE_BATCH.invokeExact(
                    (long) fd, pointer(keys), pointer(values), pointer(count), pointer(options));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_obj_pin(int fd, const char *path)`, libbpf 0.0.1.
    public static int bpf_obj_pin(int fd, MemorySegment path) {
        try {
            return (int) (long) BPF_OBJ_PIN.invokeExact((long) fd, pointer(path));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_obj_get(const char *path)`, libbpf 0.0.1.
    public static int bpf_obj_get(MemorySegment path) {
        try {
            return (int) (long) BPF_OBJ_GET.invokeExact(pointer(path));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *size)`, libbpf 0.0.1.
    public static int bpf_obj_get_info_by_fd(int fd, MemorySegment info, MemorySegment size) {
        try {
            return (int) (long) BPF_OBJ_GET_INFO_BY_FD.invokeExact((long) fd, pointer(info), pointer(size));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_prog_get_fd_by_id(__u32 id)`, libbpf 0.0.1.
    public static int bpf_prog_get_fd_by_id(int id) {
        try {
            return (int) (long) BPF_PROG_GET_FD_BY_ID.invokeExact((long) id);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_map_get_fd_by_id(__u32 id)`, libbpf 0.0.1.
    public static int bpf_map_get_fd_by_id(int id) {
        try {
            return (int) (long) BPF_MAP_GET_FD_BY_ID.invokeExact((long) id);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_btf_get_fd_by_id(__u32 id)`, libbpf 0.0.1.
    public static int bpf_btf_get_fd_by_id(int id) {
        try {
            return (int) (long) BPF_BTF_GET_FD_BY_ID.invokeExact((long) id);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_prog_test_run_opts(int fd, struct bpf_test_run_opts *)`, libbpf 0.4.
    public static int bpf_prog_test_run_opts(int fd, MemorySegment options) {
        try {
            return (int) (long) BPF_PROG_TEST_RUN_OPTS.invokeExact((long) fd, pointer(options));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_link_update(int link_fd, int new_prog_fd, const struct bpf_link_update_opts *)`, libbpf 0.0.8.
    public static int bpf_link_update(int link, int program, MemorySegment options) {
        try {
            return (int) (long) BPF_LINK_UPDATE.invokeExact((long) link, (long) program, pointer(options));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_link_detach(int link_fd)`, libbpf 0.1.
    public static int bpf_link_detach(int link) {
        try {
            return (int) (long) BPF_LINK_DETACH.invokeExact((long) link);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_link_get_fd_by_id(__u32 id)`, libbpf 0.0.9.
    public static int bpf_link_get_fd_by_id(int id) {
        try {
            return (int) (long) BPF_LINK_GET_FD_BY_ID.invokeExact((long) id);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /// `int bpf_link_get_next_id(__u32 start_id, __u32 *next_id)`, libbpf 0.0.9: the next number, or a negative errno.
    public static int bpf_link_get_next_id(int start) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment next = arena.allocate(JAVA_INT);
            int result = (int) (long) BPF_LINK_GET_NEXT_ID.invokeExact((long) start, pointer(next));
            return result < 0 ? result : next.get(JAVA_INT, 0);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }
}
