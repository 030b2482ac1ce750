// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;
import static dev.weir.abi.Layouts.U64;
import static dev.weir.abi.Layouts.U8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Value of `weir_endpoints`, an array by slot that the agent maps; C side `struct weir_endpoint`. The agent
/// writes all but the three flow counters and the last two fields, so it stores single fields of a slot in
/// use by the offsets below, never a whole record.
///
/// @param evenChain offset in `weir_images` of the chain that judges packets of even epochs; 0: no endpoint is here
/// @param oddChain the same for odd epochs
/// @param guardMac the one source MAC that may leave, its first byte lowest; 0: senders are not checked;
///     [Limits#NO_MAC]: no frame may leave
/// @param flowsOpened changed by the kernel only, as the next two
/// @param flowsUntracked packets judged without a flow because quota or table were full
/// @param openingIntervalNanos least mean distance of new flows of the namespace in one direction; 0: no limit
/// @param flowQuota of the namespace, over all its devices
/// @param segment in which its addresses count: ifindex of its bridge, or the device's own
/// @param namespaceNumber value of `weir_addresses` for what the namespace holds, index of `weir_accounts`
/// @param sinceSeconds Unix time when it began to count, unsigned; 0: an agent of before this field made it
/// @param namespaceInode of its nsfs file
/// @param namespaceName at most 63 bytes
/// @param device at most 15 bytes
/// @param answerDueNanos CLOCK_MONOTONIC, paces what is answered for refused packets; changed by the kernel only
/// @param answersSuppressed refused packets whose answer was one too many, or could not be made; likewise
public record Endpoint(
        int evenChain,
        int oddChain,
        long guardMac,
        long flowsOpened,
        long flowsClosed,
        long flowsUntracked,
        long openingIntervalNanos,
        int flowQuota,
        int segment,
        int ifindex,
        int vantage,
        int namespaceNumber,
        int sinceSeconds,
        long namespaceInode,
        String namespaceName,
        String device,
        long answerDueNanos,
        long answersSuppressed) {

    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_endpoint",
            Layouts.array(2, U32, "chain"),
            U64.withName("guard_mac"),
            U64.withName("flows_opened"),
            U64.withName("flows_closed"),
            U64.withName("flows_untracked"),
            U64.withName("opening_interval_ns"),
            U32.withName("flow_quota"),
            U32.withName("segment"),
            U32.withName("ifindex"),
            U32.withName("vantage"),
            U32.withName("namespace_number"),
            U32.withName("since_s"),
            U64.withName("namespace_inode"),
            Layouts.array(Limits.NAME_BYTES, U8, "namespace_name"),
            Layouts.array(Limits.DEVICE_BYTES, U8, "device"),
            U64.withName("answer_due_ns"),
            U64.withName("answers_suppressed"));

    /// Offset of the two chain offsets, `__u32` by epoch & 1.
    public static final int CHAIN = Layouts.offset(LAYOUT, "chain");
    /// Offset of the one source MAC that may leave, `__u64`.
    public static final int GUARD_MAC = Layouts.offset(LAYOUT, "guard_mac");
    /// Offset of the pace of new flows, `__u64`.
    public static final int OPENING_INTERVAL = Layouts.offset(LAYOUT, "opening_interval_ns");
    /// Offset of the segment, `__u32`.
    public static final int SEGMENT = Layouts.offset(LAYOUT, "segment");
    /// Offset of the flow quota, `__u32`.
    public static final int FLOW_QUOTA = Layouts.offset(LAYOUT, "flow_quota");
    /// Offset of the namespace number, `__u32`.
    public static final int NAMESPACE_NUMBER = Layouts.offset(LAYOUT, "namespace_number");

    private static final int FLOWS_OPENED = Layouts.offset(LAYOUT, "flows_opened");
    private static final int FLOWS_CLOSED = Layouts.offset(LAYOUT, "flows_closed");
    private static final int FLOWS_UNTRACKED = Layouts.offset(LAYOUT, "flows_untracked");
    private static final int ANSWER_DUE = Layouts.offset(LAYOUT, "answer_due_ns");
    private static final int ANSWERS_SUPPRESSED = Layouts.offset(LAYOUT, "answers_suppressed");
    /// Offset of the ifindex, `__u32`; 0: no endpoint is here.
    public static final int IFINDEX = Layouts.offset(LAYOUT, "ifindex");
    private static final int VANTAGE = Layouts.offset(LAYOUT, "vantage");
    private static final int SINCE = Layouts.offset(LAYOUT, "since_s");
    private static final int NAMESPACE_INODE = Layouts.offset(LAYOUT, "namespace_inode");
    private static final int NAMESPACE_NAME = Layouts.offset(LAYOUT, "namespace_name");
    /// Offset of the device name, [Limits#DEVICE_BYTES] bytes.
    public static final int DEVICE = Layouts.offset(LAYOUT, "device");

    public static final Codec<Endpoint> CODEC = new StructCodec<>(LAYOUT, Endpoint::write, Endpoint::read);

    public Endpoint {
        Layouts.checkName("namespace", namespaceName, Limits.NAME_BYTES);
        Layouts.checkName("device", device, Limits.DEVICE_BYTES);
    }

    /// Entries of `weir_flows` now.
    public long flows() {
        return flowsOpened - flowsClosed;
    }

    /// Offset of the chain that judges packets of `epoch`.
    public int chain(int epoch) {
        return (epoch & 1) == 0 ? evenChain : oddChain;
    }

    /// The device.
    public DeviceKey key() {
        return new DeviceKey(ifindex, vantage);
    }

    private void write(MemorySegment target) {
        target.set(U32, CHAIN, evenChain);
        target.set(U32, CHAIN + Integer.BYTES, oddChain);
        target.set(U64, GUARD_MAC, guardMac);
        target.set(U64, FLOWS_OPENED, flowsOpened);
        target.set(U64, FLOWS_CLOSED, flowsClosed);
        target.set(U64, FLOWS_UNTRACKED, flowsUntracked);
        target.set(U64, OPENING_INTERVAL, openingIntervalNanos);
        target.set(U32, FLOW_QUOTA, flowQuota);
        target.set(U32, SEGMENT, segment);
        target.set(U32, IFINDEX, ifindex);
        target.set(U32, VANTAGE, vantage);
        target.set(U32, NAMESPACE_NUMBER, namespaceNumber);
        target.set(U32, SINCE, sinceSeconds);
        target.set(U64, NAMESPACE_INODE, namespaceInode);
        Layouts.name(target, NAMESPACE_NAME, namespaceName);
        Layouts.name(target, DEVICE, device);
        target.set(U64, ANSWER_DUE, answerDueNanos);
        target.set(U64, ANSWERS_SUPPRESSED, answersSuppressed);
    }

    private static Endpoint read(MemorySegment source) {
        return new Endpoint(
                source.get(U32, CHAIN),
                source.get(U32, CHAIN + Integer.BYTES),
                source.get(U64, GUARD_MAC),
                source.get(U64, FLOWS_OPENED),
                source.get(U64, FLOWS_CLOSED),
                source.get(U64, FLOWS_UNTRACKED),
                source.get(U64, OPENING_INTERVAL),
                source.get(U32, FLOW_QUOTA),
                source.get(U32, SEGMENT),
                source.get(U32, IFINDEX),
                source.get(U32, VANTAGE),
                source.get(U32, NAMESPACE_NUMBER),
                source.get(U32, SINCE),
                source.get(U64, NAMESPACE_INODE),
                Layouts.name(source, NAMESPACE_NAME, Limits.NAME_BYTES),
                Layouts.name(source, DEVICE, Limits.DEVICE_BYTES),
                source.get(U64, ANSWER_DUE),
                source.get(U64, ANSWERS_SUPPRESSED));
    }
}
