// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.abi.Codec;
import dev.weir.bpf.BpfException.AbiMismatch;
import dev.weir.bpf.BpfException.NotPermitted;
import dev.weir.bpf.BpfException.VerifierRejected;
import dev.weir.bpf.ffi.CStrings;
import dev.weir.bpf.ffi.Libbpf;
import dev.weir.bpf.ffi.LibbpfObject;
import dev.weir.bpf.ffi.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/// A compiled BPF object: opened, then adjusted, then loaded. Maps and programs taken from it own their descriptors and
/// outlive it, so it may be closed as soon as they are taken. Not for several threads.
public final class BpfObject implements AutoCloseable {
    private static final int OPTIONS_BYTES = 16; // struct bpf_object_open_opts up to object_name
    private static final int OBJECT_NAME = 8;
    private static final int LOG_BYTES = 1 << 18;

    /// How the verifier says that it would take the program from somebody with CAP_PERFMON (`kernel/bpf/verifier.c`).
    private static final String UNPRIVILEGED = "prohibited for !root";

    private final String name;
    private final Arena arena;
    private final long object;
    private final AtomicBoolean closed = new AtomicBoolean();

    private BpfObject(String name, Arena arena, long object) {
        this.name = name;
        this.arena = arena;
        this.object = object;
    }

    /// Parses an object; the kernel sees nothing of it yet.
    ///
    /// @param name for messages, and the prefix of the names of internal maps
    /// @param elf what the compiler made
    public static BpfObject open(String name, byte[] elf) {
        Libbpf.silence();
        Arena arena = Arena.ofShared();
        try {
            MemorySegment bytes = arena.allocate(elf.length, Long.BYTES);
            bytes.copyFrom(MemorySegment.ofArray(elf));
            MemorySegment options = arena.allocate(OPTIONS_BYTES, Long.BYTES);
            options.set(ValueLayout.JAVA_LONG, 0, OPTIONS_BYTES);
            options.set(ValueLayout.ADDRESS, OBJECT_NAME, arena.allocateFrom(name));
            long object = LibbpfObject.bpf_object__open_mem(bytes, bytes.byteSize(), options);
            if (object < 0) {
                throw BpfException.of("open BPF object " + name, (int) object, "build it again with `make build`");
            }
            return new BpfObject(name, arena, object);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /// Sets the size in bytes of one value of `map`, before [#load()].
    public BpfObject valueSize(String map, int bytes) {
        check(LibbpfObject.bpf_map__set_value_size(map(map), bytes), "set the value size of " + map);
        return this;
    }

    /// Sets how many entries `map` has room for, before [#load()].
    public BpfObject maxEntries(String map, int entries) {
        check(LibbpfObject.bpf_map__set_max_entries(map(map), entries), "set the size of " + map);
        return this;
    }

    /// Has [#load()] use the map that is pinned at `path`, or make and pin it there if there is none. The last part of
    /// the path has no dot.
    public BpfObject pinnedAt(String map, Path path) {
        try (Arena call = Arena.ofConfined()) {
            int result = LibbpfObject.bpf_map__set_pin_path(map(map), call.allocateFrom(path.toString()));
            check(result, "set the pin path of " + map);
        }
        return this;
    }

    /// Has [#load()] use a map that is there, of whatever type and size, in the place of `map`.
    public BpfObject using(String map, MapHandle there) {
        check(LibbpfObject.bpf_map__reuse_fd(map(map), there.fd()), "put " + there + " in the place of " + map);
        return this;
    }

    /// Has [#load()] make the maps only: no program is verified.
    public BpfObject mapsOnly() {
        return only(Set.of());
    }

    /// Has [#load()] leave out all programs but one, by the name of its C function.
    public BpfObject only(String program) {
        return only(Set.of(program));
    }

    private BpfObject only(Set<String> wanted) {
        long program = LibbpfObject.bpf_object__next_program(open(), 0);
        for (; program != 0; program = LibbpfObject.bpf_object__next_program(object, program)) {
            if (!wanted.contains(LibbpfObject.bpf_program__name(program))) {
                check(LibbpfObject.bpf_program__set_autoload(program, false), "leave out a program of " + name);
            }
        }
        return this;
    }

    /// Sets the load-time constants, before [#load()]: the whole of `.rodata`.
    ///
    /// @throws AbiMismatch when `.rodata` is not as long as the codec says
    public <T> BpfObject constants(Codec<T> codec, T value) {
        long rodata = map(".rodata");
        int size = LibbpfObject.bpf_map__value_size(rodata);
        if (size != codec.byteSize()) {
            throw new AbiMismatch(
                    "object " + name,
                    ".rodata has " + size + " bytes, but " + codec.name() + " has " + codec.byteSize());
        }
        try (Arena call = Arena.ofConfined()) {
            MemorySegment bytes = call.allocate(size, Long.BYTES);
            codec.encode(value, bytes);
            check(LibbpfObject.bpf_map__set_initial_value(rodata, bytes, size), "set the constants of " + name);
        }
        return this;
    }

    /// Makes the maps or takes the pinned ones, then has the kernel verify and take every program.
    ///
    /// @throws AbiMismatch when a pinned map is of another type or size; it is left as it is
    /// @throws NotPermitted when the process lacks a capability
    /// @throws VerifierRejected when the verifier refuses a program; maps pinned by this call are unpinned again
    public void load() {
        for (long map = next(0); map != 0; map = next(map)) {
            checkPin(map);
        }
        try (Arena logs = Arena.ofConfined()) {
            Map<String, MemorySegment> log = new LinkedHashMap<>();
            long program = LibbpfObject.bpf_object__next_program(open(), 0);
            for (; program != 0; program = LibbpfObject.bpf_object__next_program(object, program)) {
                MemorySegment buffer = logs.allocate(LOG_BYTES);
                check(LibbpfObject.bpf_program__set_log_buf(program, buffer, LOG_BYTES), "set a log buffer");
                log.put(LibbpfObject.bpf_program__name(program), buffer);
            }
            int result = LibbpfObject.bpf_object__load(object);
            if (result < 0) {
                log.forEach((rejected, buffer) -> {
                    String text = CStrings.read(buffer);
                    if (Errno.is(result, Errno.EACCES) && text.contains(UNPRIVILEGED)) {
                        throw BpfException.of("load " + rejected, result);
                    }
                    if (!text.isBlank()) {
                        throw new VerifierRejected(rejected, result, text);
                    }
                });
                throw BpfException.of("load BPF object " + name, result);
            }
        }
    }

    /// A map of the loaded object.
    ///
    /// @throws AbiMismatch when keys or values are not as long as the codecs say
    public <K, V> BpfMap<K, V> map(String map, Codec<K> key, Codec<V> value) {
        return BpfMap.owning(mapFd(map), key, value);
    }

    /// A per-CPU array of the loaded object.
    public <V> PerCpuArray<V> perCpuArray(String map, Codec<V> value) {
        return PerCpuArray.owning(mapFd(map), value);
    }

    /// An array of the loaded object that was made for mmap.
    public MappedArray mappedArray(String map) {
        return MappedArray.owning(mapFd(map));
    }

    /// A ring buffer of the loaded object.
    public RingBuffer ringBuffer(String map) {
        return RingBuffer.owning(mapFd(map));
    }

    /// A program of the loaded object, by the name of its C function.
    public BpfProgram program(String program) {
        try (Arena call = Arena.ofConfined()) {
            long found = LibbpfObject.bpf_object__find_program_by_name(open(), call.allocateFrom(program));
            if (found < 0) {
                throw new IllegalArgumentException("BPF object " + name + " has no program " + program);
            }
            return BpfProgram.owning(duplicate(LibbpfObject.bpf_program__fd(found), program));
        }
    }

    /// Frees what libbpf holds; again is nothing.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            LibbpfObject.bpf_object__close(object);
            arena.close();
        }
    }

    private long open() {
        if (closed.get()) {
            throw new IllegalStateException("BPF object " + name + " is closed");
        }
        return object;
    }

    private long next(long map) {
        return LibbpfObject.bpf_object__next_map(open(), map);
    }

    private long map(String map) {
        try (Arena call = Arena.ofConfined()) {
            long found = LibbpfObject.bpf_object__find_map_by_name(open(), call.allocateFrom(map));
            if (found < 0) {
                throw new IllegalArgumentException("BPF object " + name + " has no map " + map);
            }
            return found;
        }
    }

    private int mapFd(String map) {
        return duplicate(LibbpfObject.bpf_map__fd(map(map)), map);
    }

    private int duplicate(int fd, String what) {
        if (fd < 0) {
            throw new IllegalStateException(what + " is not in the kernel: BPF object " + name + " is not loaded");
        }
        int duplicate = Libc.dup(fd);
        if (duplicate < 0) {
            throw BpfException.of("duplicate the descriptor of " + what, duplicate);
        }
        return duplicate;
    }

    private static void check(int result, String attempt) {
        if (result < 0) {
            throw BpfException.of(attempt, result, "this is for an object that is not loaded yet");
        }
    }

    /// libbpf itself would say no more than EINVAL.
    private static void checkPin(long map) {
        Path path = Path.of(LibbpfObject.bpf_map__pin_path(map));
        if (path.toString().isEmpty() || !Files.exists(path)) {
            return;
        }
        int fd = Pins.open(path);
        try {
            MapInfo pinned = MapInfo.read(fd, path.toString());
            checkPin(path, "type", pinned.type(), LibbpfObject.bpf_map__type(map));
            checkPin(path, "key size", pinned.keySize(), LibbpfObject.bpf_map__key_size(map));
            checkPin(path, "value size", pinned.valueSize(), LibbpfObject.bpf_map__value_size(map));
            checkPin(path, "size", pinned.maxEntries(), LibbpfObject.bpf_map__max_entries(map));
        } finally {
            Libc.close(fd);
        }
    }

    private static void checkPin(Path path, String property, int pinned, int wanted) {
        if (pinned != wanted) {
            throw new AbiMismatch("pinned map " + path, property + " is " + pinned + ", wanted is " + wanted);
        }
    }
}
