// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

/// A shared library and how its functions are bound. Binding never fails: a function that is not there throws when it
/// is called, so that a host without libbpf gets a sentence and not a failed class initializer.
final class NativeLibrary {
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
        return new NativeLibrary(
                "libc.so.6",
                "Weir needs glibc 2.34 or newer",
                Optional.of(Linker.nativeLinker().defaultLookup()));
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

    NativeFunction bind(String symbol) {
        return symbols.flatMap(lookup -> lookup.find(symbol))
                .map(NativeFunction::at)
                .orElseGet(() -> NativeFunction.missing(
                        symbols.isEmpty()
                                ? name + " is not on this host; " + remedy
                                : name + " has no function " + symbol + "; " + remedy));
    }
}
