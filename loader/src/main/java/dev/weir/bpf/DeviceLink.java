// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.weir.bpf.BpfException.AbiMismatch;
import dev.weir.bpf.BpfException.Unsupported;
import dev.weir.bpf.ffi.Libbpf;
import dev.weir.bpf.ffi.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/// A program attached to one hook of one device. The attachment ends with its device, by [#detach()], or a moment after
/// the last descriptor and the pin of the link are gone; it follows its device into another network namespace.
public final class DeviceLink implements AutoCloseable {
    private static final int BPF_LINK_CREATE = 28;
    // the member `link_create` of union bpf_attr; libbpf 1.1 knows no order of TCX programs
    private static final int CREATE_BYTES = 48;
    private static final int IFINDEX = 4;
    private static final int ATTACH_TYPE = 8;
    private static final int FLAGS = 12;

    private final BpfFd fd;

    private DeviceLink(BpfFd fd) {
        this.fd = fd;
    }

    /// Attaches `program`, to a TCX hook in front of all others. Waits for an RCU grace period, 8 to 18 ms.
    ///
    /// @param ifindex in the network namespace of the calling thread (`kernel/bpf/tcx.c`, `net/core/dev.c`)
    /// @throws Unsupported when the kernel has no TCX, or the driver of the device no native XDP
    /// @throws BpfException.Failed with EBUSY when another program has the XDP hook of the device
    public static DeviceLink attach(BpfProgram program, int ifindex, DeviceHook hook) {
        int result = create(program, ifindex, hook);
        if (result < 0) {
            throw refused("attach " + program + " to ifindex " + ifindex + ", " + hook, result, ifindex, hook);
        }
        return new DeviceLink(BpfFd.owning(result, hook + " link of ifindex " + ifindex));
    }

    private static int create(BpfProgram program, int ifindex, DeviceHook hook) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment create = arena.allocate(CREATE_BYTES, Long.BYTES);
            create.set(JAVA_INT, 0, program.fd());
            create.set(JAVA_INT, IFINDEX, ifindex);
            create.set(JAVA_INT, ATTACH_TYPE, hook.attachType());
            create.set(JAVA_INT, FLAGS, hook.createFlags());
            return Libc.bpf(BPF_LINK_CREATE, create);
        }
    }

    private static BpfException refused(String attempt, int result, int ifindex, DeviceHook hook) {
        if (hook == DeviceHook.XDP) {
            return switch (-result) {
                case Errno.EOPNOTSUPP ->
                    new Unsupported("its driver has no native XDP", "leave the device to the TCX hooks");
                case Errno.EBUSY ->
                    BpfException.of(
                            attempt,
                            result,
                            "another XDP program is there, which `ip link set dev NAME xdp off` or its owner takes away");
                case Errno.EINVAL -> BpfException.of(attempt, result, "is it a program for XDP?");
                case Errno.ERANGE, Errno.ENOSPC ->
                    BpfException.of(attempt, result, "the device's MTU or its number of queues does not allow it");
                default -> BpfException.of(attempt, result);
            };
        }
        if (Errno.is(result, Errno.EINVAL)) {
            Optional<?> supported = TcxAttachment.chain(ifindex, hook); // the better error, if it applies
            return BpfException.of(attempt, result, supported.isPresent() ? "is it a program for tc?" : "");
        }
        return BpfException.of(attempt, result);
    }

    /// Opens the link that is pinned at `path`.
    ///
    /// @throws AbiMismatch when something else is pinned there
    public static DeviceLink openPinned(Path path) {
        int fd = Pins.open(path);
        try {
            DeviceLink link = new DeviceLink(BpfFd.owning(fd, "link " + path));
            link.info();
            return link;
        } catch (RuntimeException e) {
            Libc.close(fd);
            throw e;
        }
    }

    /// The number of the link that holds `programId` on the XDP hook of a device, of the links of the whole machine;
    /// empty where there is none, such as for a program that was attached without a link.
    ///
    /// @throws BpfException.NotPermitted without CAP_SYS_ADMIN
    public static OptionalInt xdpLink(int ifindex, int programId) {
        for (int id = Libbpf.bpf_link_get_next_id(0); id > 0; id = Libbpf.bpf_link_get_next_id(id)) {
            int fd = Libbpf.bpf_link_get_fd_by_id(id);
            if (fd < 0) {
                if (Errno.is(fd, Errno.ENOENT)) {
                    continue; // gone since
                }
                throw BpfException.of("open link " + id, fd);
            }
            try {
                ObjectInfo info = ObjectInfo.read(fd, "link " + id);
                if (DeviceHook.of(info.u32(0), info.u32(20)) == DeviceHook.XDP
                        && info.u32(8) == programId
                        && info.u32(16) == ifindex) {
                    return OptionalInt.of(id);
                }
            } finally {
                Libc.close(fd);
            }
        }
        return OptionalInt.empty();
    }

    /// Lets the attachment outlive this process under `path`, whose last part has no dot.
    public void pin(Path path) {
        Pins.pin(fd, path);
    }

    /// Puts `program` in the place of the present one: every packet is seen by one of the two.
    public void update(BpfProgram program) {
        int result = Libbpf.bpf_link_update(fd.get(), program.fd(), MemorySegment.NULL);
        if (result < 0) {
            throw BpfException.of(
                    "put " + program + " into " + this, result, "the device is gone, or the link detached");
        }
    }

    /// What the kernel says now.
    public DeviceLinkInfo info() {
        ObjectInfo info = ObjectInfo.read(fd.get(), fd.what());
        DeviceHook hook = DeviceHook.of(info.u32(0), info.u32(20));
        if (hook == null) {
            throw new AbiMismatch(fd.what(), "it is no link to a device");
        }
        return new DeviceLinkInfo(info.u32(4), info.u32(8), info.u32(16), hook);
    }

    /// Ends the attachment, though descriptors and pin of the link are still there. Again is nothing.
    public void detach() {
        int result = Libbpf.bpf_link_detach(fd.get());
        if (result < 0) {
            throw BpfException.of("detach " + this, result);
        }
    }

    /// Closes the descriptor; a pinned link stays attached. Again is nothing.
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return fd.what();
    }
}
