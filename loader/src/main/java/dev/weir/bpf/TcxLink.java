// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.bpf.BpfException.AbiMismatch;
import dev.weir.bpf.ffi.Libbpf;
import dev.weir.bpf.ffi.Libc;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/// A program attached to one hook of one device. The attachment ends with its device, by [#detach()], or a moment after
/// the last descriptor and the pin of the link are gone; it follows its device into another network namespace.
public final class TcxLink implements AutoCloseable {
    private static final int LINK_TYPE_TCX = 11; // enum bpf_link_type

    private final BpfFd fd;

    private TcxLink(BpfFd fd) {
        this.fd = fd;
    }

    /// Attaches `program` behind all others of the hook. Waits for an RCU grace period, 8 to 18 ms.
    ///
    /// @param ifindex in the network namespace of the calling thread (`kernel/bpf/tcx.c`)
    /// @throws BpfException.Unsupported when the kernel has no TCX
    public static TcxLink attach(BpfProgram program, int ifindex, TcxHook hook) {
        int result = Libbpf.bpf_link_create(program.fd(), ifindex, hook.attachType(), MemorySegment.NULL);
        if (result < 0) {
            String attempt = "attach " + program + " to ifindex " + ifindex + ", TCX " + hook;
            if (Errno.is(result, Errno.EINVAL)) {
                Optional<?> supported = TcxAttachment.chain(ifindex, hook); // the better error, if it applies
                throw BpfException.of(attempt, result, supported.isPresent() ? "is it a program for tc?" : "");
            }
            throw BpfException.of(attempt, result);
        }
        return new TcxLink(BpfFd.owning(result, "TCX " + hook + " link of ifindex " + ifindex));
    }

    /// Opens the link that is pinned at `path`.
    ///
    /// @throws AbiMismatch when something else is pinned there
    public static TcxLink openPinned(Path path) {
        int fd = Pins.open(path);
        try {
            TcxLink link = new TcxLink(BpfFd.owning(fd, "link " + path));
            link.info();
            return link;
        } catch (RuntimeException e) {
            Libc.close(fd);
            throw e;
        }
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
    public TcxLinkInfo info() {
        ObjectInfo info = ObjectInfo.read(fd.get(), fd.what());
        if (info.u32(0) != LINK_TYPE_TCX) {
            throw new AbiMismatch(fd.what(), "it is no TCX link");
        }
        int attachType = info.u32(20);
        TcxHook hook = attachType == TcxHook.INGRESS.attachType() ? TcxHook.INGRESS : TcxHook.EGRESS;
        return new TcxLinkInfo(info.u32(4), info.u32(8), info.u32(16), hook);
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
