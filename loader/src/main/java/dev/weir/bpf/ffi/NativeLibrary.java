// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static java.lang.invoke.MethodHandles.collectArguments;
import static java.lang.invoke.MethodHandles.dropArguments;
import static java.lang.invoke.MethodHandles.throwException;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
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

    /// A handle on `symbol`, for `invokeExact`.
    MethodHandle bind(String symbol, FunctionDescriptor signature, Linker.Option... options) {
        Optional<MemorySegment> address = symbols.flatMap(lookup -> lookup.find(symbol));
        return address.map(at -> LINKER.downcallHandle(at, signature, options))
                .orElseGet(() -> failing(
                        symbol, LINKER.downcallHandle(signature, options).type().dropParameterTypes(0, 1)));
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
