// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.weir.bpf.BpfException.Unsupported;
import dev.weir.bpf.ffi.Libbpf;
import dev.weir.bpf.ffi.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One program in the chain of a TCX hook, whoever put it there.
///
/// @param linkId 0 when it was attached without a link
public record TcxAttachment(int programId, int linkId) {
    private static final int BPF_PROG_DETACH = 9;
    private static final int BPF_PROG_QUERY = 16;
    private static final int MAX_CHAIN = 64; // BPF_MPROG_MAX of linux/bpf_mprog.h
    // the member `query` of union bpf_attr
    private static final int QUERY_BYTES = 64;
    private static final int ATTACH_TYPE = 4;
    private static final int PROGRAM_IDS = 16;
    private static final int COUNT = 24;
    private static final int LINK_IDS = 40;
    // the members of union bpf_attr for attaching without a link
    private static final int DETACH_BYTES = 32;
    private static final int PROGRAM_FD = 4;
    private static final int DETACH_TYPE = 8;

    /// The chain of one hook in the order in which packets pass it; empty when the device does not exist in the network
    /// namespace of the calling thread.
    ///
    /// @param hook one of TCX; XDP has no chain
    /// @throws Unsupported when the kernel has no TCX
    public static Optional<List<TcxAttachment>> chain(int ifindex, DeviceHook hook) {
        if (hook == DeviceHook.XDP) {
            throw new IllegalArgumentException("XDP has no chain of programs");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment programs = arena.allocate(JAVA_INT, MAX_CHAIN);
            MemorySegment links = arena.allocate(JAVA_INT, MAX_CHAIN);
            MemorySegment query = arena.allocate(QUERY_BYTES, Long.BYTES);
            query.set(JAVA_INT, 0, ifindex);
            query.set(JAVA_INT, ATTACH_TYPE, hook.attachType());
            query.set(ADDRESS, PROGRAM_IDS, programs);
            query.set(ADDRESS, LINK_IDS, links);
            query.set(JAVA_INT, COUNT, MAX_CHAIN);
            int result = Libc.bpf(BPF_PROG_QUERY, query);
            if (Errno.is(result, Errno.ENODEV)) {
                return Optional.empty();
            }
            if (Errno.is(result, Errno.EINVAL)) {
                throw new Unsupported("the kernel has no TCX", "run Linux 6.6 or newer with CONFIG_NET_XGRESS");
            }
            if (result < 0) {
                throw BpfException.of("list the programs of ifindex " + ifindex + ", " + hook, result);
            }
            List<TcxAttachment> chain = new ArrayList<>();
            for (int i = 0; i < query.get(JAVA_INT, COUNT); i++) {
                chain.add(new TcxAttachment(programs.getAtIndex(JAVA_INT, i), links.getAtIndex(JAVA_INT, i)));
            }
            return Optional.of(List.copyOf(chain));
        }
    }

    /// Takes it off the hook, by whatever it was attached, link or not. Nothing happens where it is gone already.
    ///
    /// @param ifindex of the device whose [#chain] it was found in
    public void remove(int ifindex, DeviceHook hook) {
        int result = linkId == 0 ? detachProgram(ifindex, hook) : detachLink();
        if (result < 0 && !Errno.is(result, Errno.ENOENT) && !Errno.is(result, Errno.ENODEV)) {
            throw BpfException.of("take program " + programId + " off ifindex " + ifindex + ", " + hook, result);
        }
    }

    private int detachLink() {
        int fd = Libbpf.bpf_link_get_fd_by_id(linkId);
        if (fd < 0) {
            return fd;
        }
        int result = Libbpf.bpf_link_detach(fd);
        Libc.close(fd);
        return result;
    }

    private int detachProgram(int ifindex, DeviceHook hook) {
        int program = Libbpf.bpf_prog_get_fd_by_id(programId);
        if (program < 0) {
            return program;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment detach = arena.allocate(DETACH_BYTES, Long.BYTES);
            detach.set(JAVA_INT, 0, ifindex);
            detach.set(JAVA_INT, PROGRAM_FD, program);
            detach.set(JAVA_INT, DETACH_TYPE, hook.attachType());
            return Libc.bpf(BPF_PROG_DETACH, detach);
        } finally {
            Libc.close(program);
        }
    }
}
