// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.weir.abi.Codec;
import dev.weir.bpf.ffi.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Objects;

/// An array map made with `BPF_F_MMAPABLE`, mapped into this process: programs and agent share its bytes,
/// with no system call between. Single words are stored with release and read with acquire order, so that
/// what was copied in before a word was stored is seen by whoever reads that word. Numbers are in the host's
/// byte order, offsets in bytes from the start of element 0.
public final class MappedArray extends MapHandle {
    private static final VarHandle INT = JAVA_INT.varHandle();
    private static final VarHandle LONG = JAVA_LONG.varHandle();

    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[512]).asReadOnly();

    private final Arena arena;
    private final MemorySegment bytes;

    private MappedArray(int fd, MapInfo info, Arena arena, MemorySegment bytes) {
        super(fd, info);
        this.arena = arena;
        this.bytes = bytes;
    }

    /// Takes over `fd`, also when it throws.
    static MappedArray owning(int fd) {
        return Owned.handle(fd, info -> {
            check(info, info.type() == MapInfo.ARRAY && (info.flags() & MapInfo.MMAPABLE) != 0, "an array for mmap");
            long length = stride(info) * info.maxEntries();
            long address = Libc.mmap(fd, length, true, 0);
            if (address < 0) {
                throw BpfException.of("map " + info.name() + " into memory", (int) address);
            }
            Arena arena = Arena.ofShared();
            return new MappedArray(fd, info, arena, Libc.mapping(address, length, arena));
        });
    }

    /// Opens and maps the array that is pinned at `path`.
    ///
    /// @throws BpfException.AbiMismatch when it is not an array for mmap
    public static MappedArray openPinned(Path path) {
        return owning(Pins.open(path));
    }

    /// Bytes of all elements.
    public long length() {
        return bytes.byteSize();
    }

    /// Offset of element `index`: elements stand at multiples of eight bytes (`kernel/bpf/arraymap.c`).
    ///
    /// @throws IndexOutOfBoundsException when the array has no such element
    public long offset(int index) {
        return stride(info()) * Objects.checkIndex(index, info().maxEntries());
    }

    /// The `__u32` at `offset`, a multiple of four.
    public int getInt(long offset) {
        return (int) INT.getAcquire(open(), offset);
    }

    /// Stores a `__u32` at `offset`, a multiple of four.
    public void setInt(long offset, int value) {
        INT.setRelease(open(), offset, value);
    }

    /// The `__u64` at `offset`, a multiple of eight.
    public long getLong(long offset) {
        return (long) LONG.getAcquire(open(), offset);
    }

    /// Stores a `__u64` at `offset`, a multiple of eight.
    public void setLong(long offset, long value) {
        LONG.setRelease(open(), offset, value);
    }

    /// Whether all of the `length` bytes at `offset` are zero.
    ///
    /// @throws IndexOutOfBoundsException when they are more than 512
    public boolean isZero(long offset, int length) {
        return MemorySegment.mismatch(open(), offset, offset + length, ZEROS, 0, length) == -1;
    }

    /// Decodes the struct at `offset`. What programs write meanwhile may be seen by halves.
    public <T> T read(long offset, Codec<T> codec) {
        return codec.decode(open().asSlice(offset, codec.byteSize()));
    }

    /// Writes the struct at `offset`, in no order that programs could rely on.
    public <T> void write(long offset, Codec<T> codec, T value) {
        codec.encode(value, open().asSlice(offset, codec.byteSize()));
    }

    /// Copies all of `source` to `offset`.
    public void copyIn(long offset, byte[] source) {
        MemorySegment.copy(source, 0, open(), JAVA_BYTE, offset, source.length);
    }

    /// A copy of the `length` bytes at `offset`.
    public byte[] copyOut(long offset, int length) {
        return open().asSlice(offset, length).toArray(JAVA_BYTE);
    }

    /// Unmaps and closes; a use after it, by whatever thread, throws.
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
        super.close();
    }

    private MemorySegment open() {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException(this + " is closed");
        }
        return bytes;
    }

    private static long stride(MapInfo info) {
        return (info.valueSize() + (long) Long.BYTES - 1) / Long.BYTES * Long.BYTES;
    }
}
