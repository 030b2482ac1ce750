// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/// A function of a shared library. All are called in one way, because for each way the JVM spins a dozen classes
/// while an agent starts: with seven words, of which the function heeds as many as it has parameters, and one comes
/// back. Of the word of a narrower value nobody heeds the upper bits, and whole numbers reach the `...` of a
/// function as they do its other parameters (System V ABI of amd64, 3.2.3; AAPCS64, 6.8.2). An `int` is widened, as
/// the ABI of riscv64 wants it.
final class NativeFunction {
    private static final int WORDS = 7; // those of bpf_map_lookup_batch
    private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURED.varHandle(PathElement.groupElement("errno"));
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.of(
                            JAVA_LONG, Collections.nCopies(WORDS, JAVA_LONG).toArray(MemoryLayout[]::new)),
                    CAPTURE);

    /// Of the last call of each thread: the JVM may change errno itself before Java looks.
    private static final ThreadLocal<MemorySegment> CAPTURES =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CAPTURED));

    private final MemorySegment address;
    private final @Nullable String missing;

    private NativeFunction(MemorySegment address, @Nullable String missing) {
        this.address = address;
        this.missing = missing;
    }

    static NativeFunction at(MemorySegment address) {
        return new NativeFunction(address, null);
    }

    /// One that is not on this host, as whoever calls it is told.
    static NativeFunction missing(String why) {
        return new NativeFunction(MemorySegment.NULL, why);
    }

    /// Calls it.
    ///
    /// @param words its arguments; addresses come from [#pointer]
    /// @return the word that comes back, to be cast to what the function returns
    long call(long... words) {
        if (missing != null) {
            throw new UnsatisfiedLinkError(missing);
        }
        if (words.length > WORDS) {
            throw new IllegalArgumentException("a call takes " + WORDS + " words, not " + words.length);
        }
        try {
            return (long) CALL.invokeExact(
                    address,
                    CAPTURES.get(),
                    word(words, 0),
                    word(words, 1),
                    word(words, 2),
                    word(words, 3),
                    word(words, 4),
                    word(words, 5),
                    word(words, 6));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall threw a checked exception", e);
        }
    }

    private static long word(long[] words, int index) {
        return index < words.length ? words[index] : 0;
    }

    /// Calls one that returns an `int`, and -1 where it fails.
    ///
    /// @return what it returns, or the negative errno
    int callInt(long... words) {
        int result = (int) call(words);
        return result == -1 ? -errno() : result;
    }

    /// As [#callInt], of one that returns a `long`, or an address and -1 in its place.
    long callLong(long... words) {
        long result = call(words);
        return result == -1 ? -errno() : result;
    }

    /// Calls one that returns an address, and NULL where it fails.
    ///
    /// @return the address, or the negative errno
    long callPointer(long... words) {
        long result = call(words);
        return result == 0 ? -errno() : result;
    }

    private static int errno() {
        return (int) ERRNO.get(CAPTURES.get(), 0L);
    }

    /// Where `segment` begins, as an argument. Whoever calls keeps it alive until the function has returned.
    ///
    /// @throws IllegalArgumentException if it is on the heap, where native code cannot see it
    /// @throws IllegalStateException if it was freed
    static long pointer(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("native code cannot see memory on the heap: " + segment);
        }
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("this memory was freed: " + segment);
        }
        return segment.address();
    }
}
