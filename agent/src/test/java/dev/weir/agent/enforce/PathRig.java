// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.AddressKey;
import dev.weir.abi.BpfObjects;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Direction;
import dev.weir.abi.Endpoint;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.abi.Settings;
import dev.weir.abi.Verdict;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.MappedArray;
import dev.weir.bpf.XdpContext;
import dev.weir.policy.PolicySet;

/// The loaded programs of a [Judge] with a clock, for measurements. Several may be open at once: each has
/// maps of its own.
public final class PathRig implements AutoCloseable {
    private static final int IFINDEX = 1; // the device of Judge's endpoint
    private static final int SLOT = 1; // of that endpoint

    private final Judge judge;
    private final BpfProgram asking;

    /// @param inside the address that the endpoint holds
    /// @param flowQuota flows that may be kept at a time: 0 none, -1 any number
    public PathRig(PolicySet policies, String inside, int flowQuota) {
        judge = new Judge(Verdict.ALLOW, flowQuota).policies(policies);
        MappedArray endpoints = judge.kernel().maps().endpoints();
        Endpoint endpoint = endpoints.read(endpoints.offset(SLOT), Endpoint.CODEC);
        judge.kernel()
                .maps()
                .addresses()
                .update(new AddressKey(IpAddress.parse(inside), 0, endpoint.segment()), endpoint.namespaceNumber());
        try (BpfObject why = BpfObject.open("why", BpfObjects.bytes("why"))) {
            share(why);
            why.constants(Settings.CODEC, Settings.of(0, Verdict.ALLOW)).load();
            asking = why.program("weir_why_eg");
        }
    }

    /// Gives an object that is not loaded yet the maps of this rig, while no younger one is there: that is when they
    /// are pinned.
    public void share(BpfObject object) {
        PinPaths pins = new PinPaths(Judge.ROOT);
        WeirMaps.NAMES.forEach(map -> object.pinnedAt(map, pins.map(map)));
    }

    /// Sends one packet; see [Judge#send].
    public String send(Direction direction, byte[] frame) {
        return judge.send(direction, frame);
    }

    /// Mean duration of one run of the program on this packet, in nanoseconds, as the kernel measures it.
    public long nanos(Direction direction, byte[] frame, int repeat) {
        return judge.nanos(direction, frame, repeat);
    }

    /// Has senders checked from now on, or no longer; that of `frame` is the one who may send.
    public void guard(byte[] frame, boolean on) {
        long mac = 0;
        for (int i = 0; i < 6; i++) {
            mac |= (frame[6 + i] & 0xffL) << (8 * i);
        }
        MappedArray endpoints = judge.kernel().maps().endpoints();
        endpoints.setLong(endpoints.offset(SLOT) + Endpoint.GUARD_MAC, on ? mac : 0);
    }

    /// The same for the program in front of the one that judges what leaves.
    public long frontNanos(byte[] frame, int repeat) {
        return judge.kernel()
                .path()
                .front()
                .orElseThrow()
                .testRun(frame, repeat, XdpContext.on(IFINDEX))
                .nanos();
    }

    /// The same for the program that `weir why` asks, about a packet that enters.
    public long askNanos(byte[] frame, int repeat) {
        return asking.testRun(frame, repeat).nanos();
    }

    /// Lets one namespace take the whole table of flows.
    public void openTable() {
        judge.table().share(0, Limits.MAX_FLOWS);
    }

    /// Flows now.
    public long flows() {
        return judge.flows();
    }

    /// Forgets all flows.
    public void purge() {
        judge.kernel().purge(DeviceKey.onHost(IFINDEX));
    }

    @Override
    public void close() {
        asking.close();
        judge.close();
    }
}
