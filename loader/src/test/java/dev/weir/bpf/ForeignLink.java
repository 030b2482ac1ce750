// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.bpf.ffi.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A program that others attach as most do: behind all that are there.
record ForeignLink(int programId, int fd) implements AutoCloseable {
    static ForeignLink append(BpfProgram program, int ifindex, DeviceHook hook) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment create = arena.allocate(48, Long.BYTES); // `link_create` of union bpf_attr, no flags
            create.set(JAVA_INT, 0, program.fd());
            create.set(JAVA_INT, 4, ifindex);
            create.set(JAVA_INT, 8, hook.attachType());
            int fd = Libc.bpf(28, create);
            assertTrue(fd >= 0, () -> "BPF_LINK_CREATE: " + fd);
            return new ForeignLink(program.info().id(), fd);
        }
    }

    @Override
    public void close() {
        Libc.close(fd);
    }
}
