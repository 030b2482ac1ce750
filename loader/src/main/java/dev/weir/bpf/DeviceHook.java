// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import org.jspecify.annotations.Nullable;

/// Where on a device a program sits. For the host side of a veth, XDP and the TCX ingress hook see what leaves the
/// namespace behind it, in this order. Attach types are those of `enum bpf_attach_type`, link types those of
/// `enum bpf_link_type`, flags those that a link is created with.
public enum DeviceHook {
    /// At the head of the chain, in front of what is there already (`BPF_F_BEFORE` without a relative): a program that
    /// returns TCX_PASS hides all behind it.
    TCX_INGRESS(46, 11, 1 << 3),
    TCX_EGRESS(47, 11, 1 << 3),
    /// In the driver of the device (`XDP_FLAGS_DRV_MODE`), never in the kernel's substitute for drivers that have no
    /// such hook, which comes later and costs more than TCX.
    XDP(37, 6, 1 << 2);

    private final int attachType;
    private final int linkType;
    private final int createFlags;

    DeviceHook(int attachType, int linkType, int createFlags) {
        this.attachType = attachType;
        this.linkType = linkType;
        this.createFlags = createFlags;
    }

    int attachType() {
        return attachType;
    }

    int createFlags() {
        return createFlags;
    }

    /// The hook of a link.
    ///
    /// @param attachType of a TCX link; anything for another
    /// @return null when it is a link to something else
    static @Nullable DeviceHook of(int linkType, int attachType) {
        for (DeviceHook hook : values()) {
            if (hook.linkType == linkType && (hook == XDP || hook.attachType == attachType)) {
                return hook;
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return name().replace('_', ' ');
    }
}
