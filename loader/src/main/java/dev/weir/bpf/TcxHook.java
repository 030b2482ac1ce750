// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

/// Where on a device a program sits; numbers are those of `enum bpf_attach_type`. For the host side of a veth the
/// ingress hook sees what leaves the namespace behind it.
public enum TcxHook {
    INGRESS(46),
    EGRESS(47);

    private final int attachType;

    TcxHook(int attachType) {
        this.attachType = attachType;
    }

    int attachType() {
        return attachType;
    }
}
