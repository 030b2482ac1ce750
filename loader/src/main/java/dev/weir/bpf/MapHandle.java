// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.abi.Codec;
import dev.weir.bpf.BpfException.AbiMismatch;
import java.nio.file.Path;
import java.util.OptionalLong;

/// A map of the kernel. The handle owns a descriptor of its own: closing it takes nothing from others, and a map whose
/// last descriptor and pin are gone is gone with its content. Handles are safe to use from several threads, but not to
/// close while another thread uses them.
public abstract sealed class MapHandle implements AutoCloseable permits BpfMap, PerCpuArray, MappedArray, RingBuffer {
    private final BpfFd fd;
    private final MapInfo info;

    /// Takes over `fd`.
    MapHandle(int fd, MapInfo info) {
        this.fd = BpfFd.owning(fd, "map " + info.name());
        this.info = info;
    }

    /// The descriptor, which stays the handle's.
    ///
    /// @throws IllegalStateException when the handle is closed
    public int fd() {
        return fd.get();
    }

    /// As it was when the handle was made; none of it changes while the map lives.
    public MapInfo info() {
        return info;
    }

    /// Bytes of memory that the map takes now; empty where the kernel does not tell.
    public OptionalLong memory() {
        return MapInfo.memory(fd());
    }

    /// Lets the map outlive this process under `path`, whose last part has no dot.
    ///
    /// @throws BpfException when the path is taken or not in a BPF file system
    public void pin(Path path) {
        Pins.pin(fd, path);
    }

    /// Closes the descriptor; again is nothing.
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return fd.what();
    }

    /// @throws AbiMismatch when keys or values are not as long as the codecs say
    static void check(MapInfo info, Codec<?> key, Codec<?> value) {
        checkSize(info, "key", info.keySize(), key);
        checkSize(info, "value", info.valueSize(), value);
    }

    private static void checkSize(MapInfo info, String which, int size, Codec<?> codec) {
        if (size != codec.byteSize()) {
            throw new AbiMismatch(
                    "map " + info.name(),
                    which + " has " + size + " bytes, but " + codec.name() + " has " + codec.byteSize());
        }
    }

    static void check(MapInfo info, boolean fits, String expected) {
        if (!fits) {
            throw new AbiMismatch("map " + info.name(), "it is of type " + info.type() + ", not " + expected);
        }
    }

    BpfException failed(String attempt, int result) {
        return BpfException.of(attempt + " " + info.name(), result);
    }
}
