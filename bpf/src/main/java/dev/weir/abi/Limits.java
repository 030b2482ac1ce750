// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

/// The numbers that `bpf/include/weir/abi.h` defines and both sides rely on.
public final class Limits {
    /// `WEIR_LAYOUT`: the layout version that this agent reads and writes; maps of another one are not touched.
    public static final int LAYOUT = 1;

    /// Slots of `weir_endpoints`; slot 0 stands for "no endpoint".
    public static final int MAX_ENDPOINTS = 4096;

    /// Addresses of all namespaces together that `namespace:` peers know.
    public static final int MAX_ADDRESSES = 65_536;

    /// Rule counters; cell 0 is never given to a rule.
    public static final int MAX_CELLS = 65_536;

    /// Bytes of `weir_images`: all policy images and cell tables of both generations.
    public static final int IMAGES_BYTES = 16_777_216;

    /// Bytes of a name field; the last is its NUL.
    public static final int NAME_BYTES = 64;

    /// `IFNAMSIZ`: bytes of a device name field; the last is its NUL.
    public static final int DEVICE_BYTES = 16;

    /// SHA-256.
    public static final int HASH_BYTES = 32;

    private Limits() {}
}
