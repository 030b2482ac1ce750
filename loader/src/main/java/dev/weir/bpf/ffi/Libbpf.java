// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static dev.weir.bpf.ffi.NativeFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Maps, programs and links of the kernel by descriptor (`bpf/bpf.h`), and the library itself. Every function
/// returns its value or a negative errno, as libbpf does since 1.0.
@SuppressWarnings("MemberName") // the names of C
public final class Libbpf {
    static final NativeLibrary LIBBPF =
            NativeLibrary.open("libbpf.so.1", "install libbpf 1.1 or newer: apt install libbpf1");

    private static final NativeFunction LIBBPF_SET_PRINT = LIBBPF.bind("libbpf_set_print");
    private static final NativeFunction LIBBPF_NUM_POSSIBLE_CPUS = LIBBPF.bind("libbpf_num_possible_cpus");
    private static final NativeFunction BPF_MAP_CREATE = LIBBPF.bind("bpf_map_create");
    private static final NativeFunction BPF_MAP_LOOKUP_ELEM = LIBBPF.bind("bpf_map_lookup_elem");
    private static final NativeFunction BPF_MAP_UPDATE_ELEM = LIBBPF.bind("bpf_map_update_elem");
    private static final NativeFunction BPF_MAP_DELETE_ELEM = LIBBPF.bind("bpf_map_delete_elem");
    private static final NativeFunction BPF_MAP_GET_NEXT_KEY = LIBBPF.bind("bpf_map_get_next_key");
    private static final NativeFunction BPF_MAP_LOOKUP_BATCH = LIBBPF.bind("bpf_map_lookup_batch");
    private static final NativeFunction BPF_MAP_UPDATE_BATCH = LIBBPF.bind("bpf_map_update_batch");
    private static final NativeFunction BPF_OBJ_PIN = LIBBPF.bind("bpf_obj_pin");
    private static final NativeFunction BPF_OBJ_GET = LIBBPF.bind("bpf_obj_get");
    private static final NativeFunction BPF_OBJ_GET_INFO_BY_FD = LIBBPF.bind("bpf_obj_get_info_by_fd");
    private static final NativeFunction BPF_PROG_GET_FD_BY_ID = LIBBPF.bind("bpf_prog_get_fd_by_id");
    private static final NativeFunction BPF_MAP_GET_FD_BY_ID = LIBBPF.bind("bpf_map_get_fd_by_id");
    private static final NativeFunction BPF_BTF_GET_FD_BY_ID = LIBBPF.bind("bpf_btf_get_fd_by_id");
    private static final NativeFunction BPF_PROG_TEST_RUN_OPTS = LIBBPF.bind("bpf_prog_test_run_opts");
    private static final NativeFunction BPF_LINK_UPDATE = LIBBPF.bind("bpf_link_update");
    private static final NativeFunction BPF_LINK_DETACH = LIBBPF.bind("bpf_link_detach");
    private static final NativeFunction BPF_LINK_GET_NEXT_ID = LIBBPF.bind("bpf_link_get_next_id");
    private static final NativeFunction BPF_LINK_GET_FD_BY_ID = LIBBPF.bind("bpf_link_get_fd_by_id");

    private Libbpf() {}

    /// `libbpf_print_fn_t libbpf_set_print(libbpf_print_fn_t)`, libbpf 0.0.1, with NULL: libbpf no longer writes to
    /// standard error. What failed is told by errno and the verifier's log.
    public static void silence() {
        long _ = LIBBPF_SET_PRINT.call(0);
    }

    /// `int libbpf_num_possible_cpus(void)`, libbpf 0.0.3: CPUs for which per-CPU maps hold a value.
    public static int libbpf_num_possible_cpus() {
        return (int) LIBBPF_NUM_POSSIBLE_CPUS.call();
    }

    /// `int bpf_map_create(enum bpf_map_type, const char *, __u32, __u32, __u32, const struct bpf_map_create_opts *)`,
    /// libbpf 0.7.
    public static int bpf_map_create(
            int type, MemorySegment name, int keySize, int valueSize, int entries, MemorySegment options) {
        return (int) BPF_MAP_CREATE.call(type, pointer(name), keySize, valueSize, entries, pointer(options));
    }

    /// `int bpf_map_lookup_elem(int fd, const void *key, void *value)`, libbpf 0.0.1.
    public static int bpf_map_lookup_elem(int fd, MemorySegment key, MemorySegment value) {
        return (int) BPF_MAP_LOOKUP_ELEM.call(fd, pointer(key), pointer(value));
    }

    /// `int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)`, libbpf 0.0.1.
    public static int bpf_map_update_elem(int fd, MemorySegment key, MemorySegment value, long flags) {
        return (int) BPF_MAP_UPDATE_ELEM.call(fd, pointer(key), pointer(value), flags);
    }

    /// `int bpf_map_delete_elem(int fd, const void *key)`, libbpf 0.0.1.
    public static int bpf_map_delete_elem(int fd, MemorySegment key) {
        return (int) BPF_MAP_DELETE_ELEM.call(fd, pointer(key));
    }

    /// `int bpf_map_get_next_key(int fd, const void *key, void *next_key)`, libbpf 0.0.1; `key` NULL: the first.
    public static int bpf_map_get_next_key(int fd, MemorySegment key, MemorySegment next) {
        return (int) BPF_MAP_GET_NEXT_KEY.call(fd, pointer(key), pointer(next));
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
        return (int) BPF_MAP_LOOKUP_BATCH.call(
                fd, pointer(from), pointer(to), pointer(keys), pointer(values), pointer(count), pointer(options));
    }

    /// `int bpf_map_update_batch(int fd, const void *keys, const void *values, __u32 *count, …)`, libbpf 0.0.8.
    public static int bpf_map_update_batch(
            int fd, MemorySegment keys, MemorySegment values, MemorySegment count, MemorySegment options) {
        return (int) BPF_MAP_UPDATE_BATCH.call(fd, pointer(keys), pointer(values), pointer(count), pointer(options));
    }

    /// `int bpf_obj_pin(int fd, const char *path)`, libbpf 0.0.1.
    public static int bpf_obj_pin(int fd, MemorySegment path) {
        return (int) BPF_OBJ_PIN.call(fd, pointer(path));
    }

    /// `int bpf_obj_get(const char *path)`, libbpf 0.0.1.
    public static int bpf_obj_get(MemorySegment path) {
        return (int) BPF_OBJ_GET.call(pointer(path));
    }

    /// `int bpf_obj_get_info_by_fd(int fd, void *info, __u32 *size)`, libbpf 0.0.1.
    public static int bpf_obj_get_info_by_fd(int fd, MemorySegment info, MemorySegment size) {
        return (int) BPF_OBJ_GET_INFO_BY_FD.call(fd, pointer(info), pointer(size));
    }

    /// `int bpf_prog_get_fd_by_id(__u32 id)`, libbpf 0.0.1.
    public static int bpf_prog_get_fd_by_id(int id) {
        return (int) BPF_PROG_GET_FD_BY_ID.call(id);
    }

    /// `int bpf_map_get_fd_by_id(__u32 id)`, libbpf 0.0.1.
    public static int bpf_map_get_fd_by_id(int id) {
        return (int) BPF_MAP_GET_FD_BY_ID.call(id);
    }

    /// `int bpf_btf_get_fd_by_id(__u32 id)`, libbpf 0.0.1.
    public static int bpf_btf_get_fd_by_id(int id) {
        return (int) BPF_BTF_GET_FD_BY_ID.call(id);
    }

    /// `int bpf_prog_test_run_opts(int fd, struct bpf_test_run_opts *)`, libbpf 0.4.
    public static int bpf_prog_test_run_opts(int fd, MemorySegment options) {
        return (int) BPF_PROG_TEST_RUN_OPTS.call(fd, pointer(options));
    }

    /// `int bpf_link_update(int link_fd, int new_prog_fd, const struct bpf_link_update_opts *)`, libbpf 0.0.8.
    public static int bpf_link_update(int link, int program, MemorySegment options) {
        return (int) BPF_LINK_UPDATE.call(link, program, pointer(options));
    }

    /// `int bpf_link_detach(int link_fd)`, libbpf 0.1.
    public static int bpf_link_detach(int link) {
        return (int) BPF_LINK_DETACH.call(link);
    }

    /// `int bpf_link_get_fd_by_id(__u32 id)`, libbpf 0.0.9.
    public static int bpf_link_get_fd_by_id(int id) {
        return (int) BPF_LINK_GET_FD_BY_ID.call(id);
    }

    /// `int bpf_link_get_next_id(__u32 start_id, __u32 *next_id)`, libbpf 0.0.9: the next number, or a negative errno.
    public static int bpf_link_get_next_id(int start) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment next = arena.allocate(JAVA_INT);
            int result = (int) BPF_LINK_GET_NEXT_ID.call(start, pointer(next));
            return result < 0 ? result : next.get(JAVA_INT, 0);
        }
    }
}
