// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
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
        NativeFunction absent = NativeLibrary.open("libweir-absent.so.9", "apt install weir-absent")
                .bind("weir_absent");
        UnsatisfiedLinkError error = assertThrows(UnsatisfiedLinkError.class, () -> absent.callInt(1));
        assertEquals("libweir-absent.so.9 is not on this host; apt install weir-absent", error.getMessage());
    }

    @Test
    void missingFunctionsAreNamed() {
        NativeFunction absent =
                NativeLibrary.open("libbpf.so.1", "install libbpf 1.1 or newer").bind("weir_absent");
        UnsatisfiedLinkError error = assertThrows(UnsatisfiedLinkError.class, absent::call);
        assertEquals("libbpf.so.1 has no function weir_absent; install libbpf 1.1 or newer", error.getMessage());
    }

    @Test
    void argumentsAndResultsAreOfAnyWidth() {
        NativeLibrary libc = NativeLibrary.libc();
        assertEquals(7, (int) libc.bind("abs").call(-7));
        assertEquals(7L << 40, libc.bind("labs").call(-(7L << 40)));
        assertThrows(IllegalArgumentException.class, () -> libc.bind("abs").call(1, 2, 3, 4, 5, 6, 7, 8));
    }

    @Test
    void allSevenWordsArriveInTheirOrder() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(32);
            MemorySegment format = arena.allocateFrom("%d%d%d%d");
            assertEquals(
                    8,
                    NativeLibrary.libc()
                            .bind("snprintf")
                            .callInt(
                                    NativeFunction.pointer(text),
                                    text.byteSize(),
                                    NativeFunction.pointer(format),
                                    12,
                                    34,
                                    56,
                                    78));
            assertEquals("12345678", text.getString(0));
        }
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
        assertEquals(0, NativeFunction.pointer(MemorySegment.NULL));
    }

    @Test
    void textWithoutEndIsBounded() {
        MemorySegment field = MemorySegment.ofArray(new byte[] {'a', 'b', 'c', 0, 'd'});
        assertEquals("abc", CStrings.read(field));
        assertEquals("ab", CStrings.read(field.asSlice(0, 2)));
        assertTrue(CStrings.read(0, 16).isEmpty());
    }
}
