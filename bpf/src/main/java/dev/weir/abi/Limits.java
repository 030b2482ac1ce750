// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

/// The numbers that `bpf/include/weir/abi.h` defines and both sides rely on.
public final class Limits {
    /// `WEIR_LAYOUT`: the layout version that this agent reads and writes; maps of another one are not touched.
    public static final int LAYOUT = 2;

    /// Slots of `weir_endpoints`; slot 0 stands for "no endpoint".
    public static final int MAX_ENDPOINTS = 4096;

    /// Images of one chain.
    public static final int MAX_LAYERS = 16;

    /// Value of `weir_addresses` for what the vantage itself holds.
    public static final int HOST_NUMBER = 1;

    /// Addresses of the vantage and all namespaces together that peers by holder know.
    public static final int MAX_ADDRESSES = 65_536;

    /// Rule counters; cell 0 is never given to a rule.
    public static final int MAX_CELLS = 65_536;

    /// Bytes of `weir_images`: all policy images, chains and cell tables of both generations.
    public static final int IMAGES_BYTES = 16_777_216;

    /// Bytes of a name field; the last is its NUL.
    public static final int NAME_BYTES = 64;

    /// `IFNAMSIZ`: bytes of a device name field; the last is its NUL.
    public static final int DEVICE_BYTES = 16;

    /// SHA-256.
    public static final int HASH_BYTES = 32;

    private Limits() {}
}
