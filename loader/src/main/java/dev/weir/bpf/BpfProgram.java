// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.weir.abi.Codec;
import dev.weir.abi.Codecs;
import dev.weir.bpf.ffi.Libbpf;
import dev.weir.bpf.ffi.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/// A program that the kernel has verified and taken.
public final class BpfProgram implements AutoCloseable {
    // struct bpf_test_run_opts of bpf/bpf.h
    private static final int OPTIONS_BYTES = 80;
    private static final int DATA_IN = 8;
    private static final int DATA_OUT = 16;
    private static final int DATA_SIZE_IN = 24;
    private static final int DATA_SIZE_OUT = 28;
    private static final int CTX_IN = 32;
    private static final int CTX_OUT = 40;
    private static final int CTX_SIZE_IN = 48;
    private static final int CTX_SIZE_OUT = 52;
    private static final int RETVAL = 56;
    private static final int REPEAT = 60;
    private static final int DURATION = 64;

    private static final int INSTRUCTION_BYTES = 8;

    /// Bytes that a program may add to a packet in a test run.
    private static final int GROWTH = 512;

    private final BpfFd fd;
    private final ProgramInfo info;

    private BpfProgram(BpfFd fd, ProgramInfo info) {
        this.fd = fd;
        this.info = info;
    }

    /// Takes over `fd`, also when it throws.
    static BpfProgram owning(int fd) {
        try {
            ObjectInfo info = ObjectInfo.read(fd, "a program");
            String tag = HexFormat.of().formatHex(info.bytes(8, Long.BYTES));
            ProgramInfo.Size size = new ProgramInfo.Size(info.u32(216), info.u32(20) / INSTRUCTION_BYTES, info.u32(16));
            ProgramInfo program = new ProgramInfo(info.u32(4), info.u32(0), info.name(64), tag, size);
            return new BpfProgram(BpfFd.owning(fd, "program " + program.name()), program);
        } catch (RuntimeException e) {
            Libc.close(fd);
            throw e;
        }
    }

    /// Opens the program that is pinned at `path`.
    public static BpfProgram openPinned(Path path) {
        return owning(Pins.open(path));
    }

    /// Opens the program with the number `id`, such as one that another agent attached; empty when it is gone.
    public static Optional<BpfProgram> openById(int id) {
        int fd = Libbpf.bpf_prog_get_fd_by_id(id);
        if (Errno.is(fd, Errno.ENOENT)) {
            return Optional.empty();
        }
        if (fd < 0) {
            throw BpfException.of("open program " + id, fd);
        }
        return Optional.of(owning(fd));
    }

    /// The descriptor, which stays the handle's.
    ///
    /// @throws IllegalStateException when the handle is closed
    public int fd() {
        return fd.get();
    }

    public ProgramInfo info() {
        return info;
    }

    /// The load-time constants that the program runs with: its `.rodata`. Empty where it has none.
    ///
    /// @throws BpfException.NotPermitted without CAP_SYS_ADMIN, which finding maps by their numbers needs
    /// @throws BpfException.AbiMismatch when they are not as long as the codec says
    public <T> Optional<T> constants(Codec<T> codec) {
        for (int id : ObjectInfo.readMapIds(fd(), info.name())) {
            int map = Libbpf.bpf_map_get_fd_by_id(id);
            if (Errno.is(map, Errno.ENOENT)) {
                continue;
            }
            if (map < 0) {
                throw BpfException.of("open map " + id + " of program " + info.name(), map);
            }
            if (MapInfo.read(map, "map " + id).name().endsWith(".rodata")) {
                try (BpfMap<Integer, T> constants = BpfMap.owning(map, Codecs.U32, codec)) {
                    return constants.lookup(0);
                }
            }
            Libc.close(map);
        }
        return Optional.empty();
    }

    /// Whether it reads or writes this very map.
    public boolean uses(MapHandle map) {
        return Arrays.stream(ObjectInfo.readMapIds(fd(), info.name()))
                .anyMatch(id -> id == map.info().id());
    }

    /// Lets the program outlive this process under `path`, whose last part has no dot.
    public void pin(Path path) {
        Pins.pin(fd, path);
    }

    /// Runs the program on `packet`, an Ethernet frame of at least 14 bytes, as if it had come in on `lo`; nothing is
    /// sent. Maps are the real ones.
    ///
    /// @param repeat how often; the duration is the mean, the rest that of the last run
    public TestRun testRun(byte[] packet, int repeat) {
        return testRun(packet, repeat, SkbContext.on(0));
    }

    /// As above, with what `context` says about the packet.
    public TestRun testRun(byte[] packet, int repeat, SkbContext context) {
        return testRun(packet, repeat, context.bytes());
    }

    /// As above, of an XDP program.
    ///
    /// @throws BpfException.Failed with EINVAL for a short linear part before Linux 6.18
    public TestRun testRun(byte[] packet, int repeat, XdpContext context) {
        return testRun(packet, repeat, context.bytes(packet.length));
    }

    private TestRun testRun(byte[] packet, int repeat, byte[] context) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(packet.length + (long) GROWTH);
            MemorySegment options = arena.allocate(OPTIONS_BYTES, Long.BYTES);
            options.set(JAVA_LONG, 0, OPTIONS_BYTES);
            options.set(ADDRESS, DATA_IN, arena.allocateFrom(JAVA_BYTE, packet));
            options.set(JAVA_INT, DATA_SIZE_IN, packet.length);
            options.set(ADDRESS, DATA_OUT, out);
            options.set(JAVA_INT, DATA_SIZE_OUT, (int) out.byteSize());
            options.set(ADDRESS, CTX_IN, arena.allocateFrom(JAVA_BYTE, context));
            options.set(JAVA_INT, CTX_SIZE_IN, context.length);
            MemorySegment left = arena.allocate(context.length, Long.BYTES);
            options.set(ADDRESS, CTX_OUT, left);
            options.set(JAVA_INT, CTX_SIZE_OUT, context.length);
            options.set(JAVA_INT, REPEAT, repeat);
            run(options);
            int length = options.get(JAVA_INT, DATA_SIZE_OUT);
            return new TestRun(
                    options.get(JAVA_INT, RETVAL),
                    out.asSlice(0, length).toArray(JAVA_BYTE),
                    left.toArray(JAVA_BYTE),
                    Integer.toUnsignedLong(options.get(JAVA_INT, DURATION)));
        }
    }

    /// Runs a program of the section `syscall` once.
    public <T> SyscallRun<T> call(Codec<T> codec, T argument) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment context = arena.allocate(codec.byteSize(), Long.BYTES);
            codec.encode(argument, context);
            MemorySegment options = arena.allocate(OPTIONS_BYTES, Long.BYTES);
            options.set(JAVA_LONG, 0, OPTIONS_BYTES);
            options.set(ADDRESS, CTX_IN, context);
            options.set(JAVA_INT, CTX_SIZE_IN, codec.byteSize());
            run(options);
            return new SyscallRun<>(options.get(JAVA_INT, RETVAL), codec.decode(context));
        }
    }

    private void run(MemorySegment options) {
        int result = Libbpf.bpf_prog_test_run_opts(fd(), options);
        if (result < 0) {
            throw BpfException.of("run program " + info.name(), result, "packets have 14 bytes or more, devices exist");
        }
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
}
