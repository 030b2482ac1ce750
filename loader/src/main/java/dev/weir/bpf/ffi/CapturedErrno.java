// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.invoke.VarHandle;

/// The errno of one call: libc reports through it, and the JVM may change it before Java looks. The buffer belongs to
/// the call, so that no thread reads the errno of another.
final class CapturedErrno {
    /// For functions that take the buffer as their first argument.
    static final Linker.Option OPTION = Linker.Option.captureCallState("errno");

    private static final StructLayout LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = LAYOUT.varHandle(PathElement.groupElement("errno"));

    private CapturedErrno() {}

    static MemorySegment buffer(SegmentAllocator allocator) {
        return allocator.allocate(LAYOUT);
    }

    /// `result`, or the negative errno where it is -1.
    static int orResult(int result, MemorySegment buffer) {
        return result == -1 ? -number(buffer) : result;
    }

    /// `result`, or the negative errno where it is -1.
    static long orResult(long result, MemorySegment buffer) {
        return result == -1 ? -number(buffer) : result;
    }

    /// The errno itself, for functions that report failure by NULL.
    static int number(MemorySegment buffer) {
        return (int) ERRNO.get(buffer, 0L);
    }
}
