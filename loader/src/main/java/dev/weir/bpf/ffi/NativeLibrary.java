// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.invoke.MethodHandles.collectArguments;
import static java.lang.invoke.MethodHandles.dropArguments;
import static java.lang.invoke.MethodHandles.throwException;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.Optional;

/// A shared library and how its functions are bound. Binding never fails: the handle of a function that is not there
/// throws when it is called, so that a host without libbpf gets a sentence and not a failed class initializer.
final class NativeLibrary {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle MISSING = missing();

    private final String name;
    private final String remedy;
    private final Optional<SymbolLookup> symbols;

    private NativeLibrary(String name, String remedy, Optional<SymbolLookup> symbols) {
        this.name = name;
        this.remedy = remedy;
        this.symbols = symbols;
    }

    /// The C library that the JVM itself runs on.
    static NativeLibrary libc() {
        return new NativeLibrary("libc.so.6", "Weir needs glibc 2.34 or newer", Optional.of(LINKER.defaultLookup()));
    }

    /// Opens the library as the dynamic linker finds it.
    ///
    /// @param remedy what the user does when the library or one of its symbols is missing
    static NativeLibrary open(String name, String remedy) {
        try {
            return new NativeLibrary(name, remedy, Optional.of(SymbolLookup.libraryLookup(name, Arena.ofAuto())));
        } catch (IllegalArgumentException e) {
            return new NativeLibrary(name, remedy, Optional.empty());
        }
    }

    /// A handle on `symbol`, for `invokeExact`: it takes `parameters` times a `long` and returns one.
    /// Each is what a register holds, so that all functions of so many parameters are called in one
    /// way: for each way the JVM makes a dozen classes while an agent starts. An `int` is widened, and
    /// cut off from what returns: of the register of a narrower value nobody heeds the rest (System V
    /// ABI of amd64, 3.2.3; AAPCS64, 6.8.2), and whole numbers reach the `...` of a function there as
    /// they do its other parameters. Addresses come from [#pointer].
    MethodHandle bind(String symbol, int parameters) {
        return bind(symbol, FunctionDescriptor.of(JAVA_LONG, words(parameters)));
    }

    /// As [#bind]; the handle first takes a buffer of [CapturedErrno].
    MethodHandle bindWithErrno(String symbol, int parameters) {
        return bind(symbol, FunctionDescriptor.of(JAVA_LONG, words(parameters)), CapturedErrno.OPTION);
    }

    private MethodHandle bind(String symbol, FunctionDescriptor signature, Linker.Option... options) {
        Optional<MemorySegment> address = symbols.flatMap(lookup -> lookup.find(symbol));
        return address.map(at -> LINKER.downcallHandle(at, signature, options))
                .orElseGet(() -> failing(
                        symbol, LINKER.downcallHandle(signature, options).type().dropParameterTypes(0, 1)));
    }

    private static MemoryLayout[] words(int count) {
        MemoryLayout[] words = new MemoryLayout[count];
        Arrays.fill(words, JAVA_LONG);
        return words;
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

    private MethodHandle failing(String symbol, MethodType type) {
        String text = symbols.isEmpty()
                ? name + " is not on this host; " + remedy
                : name + " has no function " + symbol + "; " + remedy;
        MethodHandle thrower = throwException(type.returnType(), UnsatisfiedLinkError.class);
        return dropArguments(collectArguments(thrower, 0, MISSING.bindTo(text)), 0, type.parameterArray());
    }

    private static MethodHandle missing() {
        try {
            return MethodHandles.lookup()
                    .findConstructor(UnsatisfiedLinkError.class, MethodType.methodType(void.class, String.class));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("UnsatisfiedLinkError(String) is part of Java", e);
        }
    }

    /// What a call that failed on the Java side throws: a downcall itself throws nothing that is checked.
    static RuntimeException rethrown(Throwable failure) {
        return switch (failure) {
            case RuntimeException e -> e;
            case Error e -> throw e;
            default -> throw new AssertionError("a downcall threw a checked exception", failure);
        };
    }
}
