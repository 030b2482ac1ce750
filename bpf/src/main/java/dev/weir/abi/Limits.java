// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

/// The numbers that `bpf/include/weir/abi.h` defines and both sides rely on.
public final class Limits {
    /// `WEIR_LAYOUT`: the layout version that this agent reads and writes; maps of another one are not touched.
    public static final int LAYOUT = 7;

    /// Slots of `weir_endpoints`; slot 0 stands for "no endpoint".
    public static final int MAX_ENDPOINTS = 4096;

    /// Events of all namespaces together, of which `weir_events` holds those of two seconds.
    public static final int EVENTS_PER_SECOND = 10_000;

    /// Events of one namespace, as long as there are not too many namespaces for that.
    public static final int NAMESPACE_EVENTS_PER_SECOND = 100;

    /// Network namespaces that devices are judged in.
    public static final int MAX_VANTAGES = 16;

    /// Images of one chain.
    public static final int MAX_LAYERS = 16;

    /// Value of `weir_addresses` for what the vantage itself holds.
    public static final int HOST_NUMBER = 1;

    /// The highest number of a namespace.
    public static final int MAX_NUMBER = 4096;

    /// Segment of an address that is looked for in the whole vantage.
    public static final int ANYWHERE = 0;

    /// [Endpoint#guardMac()] of who may send no frame.
    public static final long NO_MAC = -1;

    /// Entries of `weir_addresses`, of the vantage and all namespaces together. An address has one for its
    /// segment and may have one for the whole vantage.
    public static final int MAX_ADDRESSES = 131_072;

    /// Entries of `weir_flows`.
    public static final int MAX_FLOWS = 1_048_576;

    /// Entries of `weir_peers`.
    public static final int MAX_PEERS = 65_536;

    /// As who [Flow#peer()] is: nobody here holds the outside address.
    public static final int WORLD = 0xffff;

    /// Buckets of [Handshakes].
    public static final int HANDSHAKE_BUCKETS = 16;

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

    /// Sums of one struct that can be carried over from an older layout.
    public static final int MAX_SUMS = 64;

    private Limits() {}
}
