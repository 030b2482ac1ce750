// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NativeLibraryTest {
    @Test
    void everyFunctionOfLibbpfIsThere() {
        SymbolLookup libbpf = SymbolLookup.libraryLookup("libbpf.so.1", Arena.ofAuto());
        List<String> missing = Stream.of(Libbpf.class, LibbpfObject.class)
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .map(Method::getName)
                .filter(name -> name.contains("bpf_"))
                .filter(name -> libbpf.find(name).isEmpty())
                .toList();
        assertEquals(List.of(), missing);
    }

    @Test
    void missingLibrariesSayWhatToInstall() {
        MethodHandle handle = NativeLibrary.open("libweir-absent.so.9", "apt install weir-absent")
                .bindWithErrno("weir_absent", 2);
        UnsatisfiedLinkError error = assertThrows(
                UnsatisfiedLinkError.class,
                () -> assertEquals(0, (long) handle.invokeExact(MemorySegment.NULL, 0L, 1L)));
        assertEquals("libweir-absent.so.9 is not on this host; apt install weir-absent", error.getMessage());
    }

    @Test
    void missingFunctionsAreNamed() {
        MethodHandle handle =
                NativeLibrary.open("libbpf.so.1", "install libbpf 1.1 or newer").bind("weir_absent", 2);
        UnsatisfiedLinkError error =
                assertThrows(UnsatisfiedLinkError.class, () -> assertEquals(0, (long) handle.invokeExact(0L, 1L)));
        assertEquals("libbpf.so.1 has no function weir_absent; install libbpf 1.1 or newer", error.getMessage());
    }

    @Test
    void errorsOfTheCLibraryComeBackNegative() {
        assertEquals(-2, Libc.open("/nonexistent/file", Libc.O_RDONLY));
        assertEquals(-9, Libc.flock(-1, Libc.LOCK_EX));
        assertEquals(-9, Libc.fstatfs(-1));
        assertEquals(-9, Libc.mmap(-1, 4096, true, 0));
    }

    @Test
    void onlyLiveNativeMemoryIsHandedOver() {
        MemorySegment heap = MemorySegment.ofArray(new byte[8]);
        assertThrows(IllegalArgumentException.class, () -> Libbpf.bpf_obj_get(heap));
        MemorySegment freed;
        try (Arena arena = Arena.ofConfined()) {
            freed = arena.allocate(8);
        }
        assertThrows(IllegalStateException.class, () -> Libbpf.bpf_obj_get(freed));
        assertEquals(0, NativeLibrary.pointer(MemorySegment.NULL));
    }

    @Test
    void textWithoutEndIsBounded() {
        MemorySegment field = MemorySegment.ofArray(new byte[] {'a', 'b', 'c', 0, 'd'});
        assertEquals("abc", CStrings.read(field));
        assertEquals("ab", CStrings.read(field.asSlice(0, 2)));
        assertTrue(CStrings.read(0, 16).isEmpty());
    }
}
