// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Account;
import dev.weir.abi.AddressKey;
import dev.weir.abi.Answer;
import dev.weir.abi.BpfObjects;
import dev.weir.abi.Cell;
import dev.weir.abi.CellOwner;
import dev.weir.abi.Codecs;
import dev.weir.abi.Count;
import dev.weir.abi.Counters;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Direction;
import dev.weir.abi.EndedFlow;
import dev.weir.abi.Endpoint;
import dev.weir.abi.ExpireArgs;
import dev.weir.abi.Flow;
import dev.weir.abi.FlowKey;
import dev.weir.abi.FlowState;
import dev.weir.abi.Handshakes;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.abi.OnChange;
import dev.weir.abi.Outcome;
import dev.weir.abi.Settings;
import dev.weir.abi.State;
import dev.weir.abi.Verdict;
import dev.weir.testing.KernelTest;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The objects in the jar pass the verifier, and their maps fit the records.
class ShippedObjectsTest extends KernelTest {
    private static final Flow FLOW = new Flow(
            Flow.judgement(1, OnChange.REEVALUATE, Verdict.ALLOW, 1),
            1,
            2,
            3,
            4,
            5,
            8,
            7,
            Direction.EGRESS,
            FlowState.ESTABLISHED,
            8,
            Limits.WORLD,
            0,
            0);

    @Test
    void tcxProgramsLoadAndEveryMapFitsItsRecord() {
        try (BpfObject tcx = BpfObject.open("tcx", BpfObjects.bytes("tcx"))) {
            tcx.constants(Settings.CODEC, Settings.of(1, Verdict.ALLOW)).load();
            tcx.map("weir_devices", DeviceKey.CODEC, Codecs.U32).close();
            tcx.map("weir_flows", FlowKey.CODEC, Flow.CODEC).close();
            tcx.map("weir_addresses", AddressKey.CODEC, Codecs.U32).close();
            tcx.map("weir_cell_owners", Codecs.U32, CellOwner.CODEC).close();
            tcx.perCpuArray("weir_counters", Counters.CODEC).close();
            tcx.perCpuArray("weir_cells", Cell.CODEC).close();
            try (MappedArray state = tcx.mappedArray("weir_state");
                    MappedArray endpoints = tcx.mappedArray("weir_endpoints");
                    MappedArray images = tcx.mappedArray("weir_images")) {
                assertEquals(State.CODEC.byteSize(), state.length());
                assertEquals(1L * Limits.MAX_ENDPOINTS * Endpoint.CODEC.byteSize(), endpoints.length());
                assertEquals(Limits.IMAGES_BYTES, images.length());
            }
            try (MappedArray accounts = tcx.mappedArray("weir_accounts");
                    MappedArray handshakes = tcx.mappedArray("weir_handshakes")) {
                assertEquals((Limits.MAX_NUMBER + 1L) * Account.CODEC.byteSize(), accounts.length());
                assertEquals(1L * Limits.MAX_ENDPOINTS * Handshakes.CODEC.byteSize(), handshakes.length());
            }
        }
    }

    @Test
    void programInFrontDropsAndCountsInTheSameMaps() {
        try (BpfObject front = BpfObject.open("xdp", BpfObjects.bytes("xdp"))) {
            front.constants(Settings.CODEC, Settings.of(1, Verdict.DENY)).load();
            try (BpfProgram program = front.program("weir_xdp");
                    PerCpuArray<Counters> counters = front.perCpuArray("weir_counters", Counters.CODEC)) {
                byte[] frame = new byte[60];
                frame[12] = (byte) 0x88; // an ethertype for experiments, 0x88b5
                frame[13] = (byte) 0xb5;
                assertEquals(1, program.testRun(frame, 3, XdpContext.on(1)).verdict(), "XDP_DROP");
                assertEquals(new Count(3, 180), counters.sum(0).count(Direction.EGRESS, Outcome.DROP_L2));
                frame[12] = 8;
                frame[13] = 6; // ARP
                assertEquals(2, program.testRun(frame, 1, XdpContext.on(1)).verdict(), "XDP_PASS");
            }
        }
    }

    @Test
    void askingProgramTellsItsConstantsAndLeavesItsAnswer() {
        Settings settings = Settings.of(3, Verdict.DENY);
        try (BpfObject why = BpfObject.open("why", BpfObjects.bytes("why"))) {
            why.constants(Settings.CODEC, settings).load();
            try (BpfProgram program = why.program("weir_why_in")) {
                assertEquals(Optional.of(settings), program.constants(Settings.CODEC));
                byte[] frame = new byte[60];
                frame[12] = (byte) 0x88; // an ethertype for experiments, 0x88b5
                frame[13] = (byte) 0xb5;
                Answer answer = program.testRun(frame, 1).note(Answer.CODEC);
                assertEquals(Outcome.DROP_L2, answer.outcome());
                assertFalse(answer.decided());
                assertEquals(0, answer.slot());
            }
        }
    }

    @Test
    void expiryHandsOverWhatItDeletesAndCountsWhatFindsNoRoom() {
        try (BpfObject object = BpfObject.open("expire", BpfObjects.bytes("expire"))) {
            object.load();
            try (BpfProgram expire = object.program("weir_expire");
                    RingBuffer ended = object.ringBuffer("weir_ended");
                    BpfMap<FlowKey, Flow> flows = object.map("weir_flows", FlowKey.CODEC, Flow.CODEC)) {
                int count = 100; // more than the page of the ring has room for
                for (int port = 0; port < count; port++) {
                    flows.update(key(40_000 + port, 7), FLOW);
                }
                ExpireArgs device = ExpireArgs.device(new DeviceKey(7, 3));
                ExpireArgs answer = expire.call(ExpireArgs.CODEC, device.told(Integer.MAX_VALUE))
                        .argument();
                assertEquals(count, answer.deleted());
                Set<EndedFlow> told = new HashSet<>();
                ended.drain(EndedFlow.CODEC, told::add);
                assertEquals(count - answer.untold(), told.size());
                assertTrue(answer.untold() > 0 && !told.isEmpty(), answer::toString);
                for (EndedFlow flow : told) {
                    assertTrue(flow.purged());
                    assertEquals(FLOW, flow.flow());
                }
                flows.update(key(1, 7), FLOW);
                assertEquals(0, expire.call(ExpireArgs.CODEC, device).argument().untold());
                assertEquals(0, ended.drain(EndedFlow.CODEC, told::add), "nobody wants it");
            }
        }
    }

    @Test
    void expiryTakesTheFlowsOfOneDevice() {
        try (BpfObject object = BpfObject.open("expire", BpfObjects.bytes("expire"))) {
            object.load();
            try (BpfProgram expire = object.program("weir_expire");
                    BpfMap<FlowKey, Flow> flows = object.map("weir_flows", FlowKey.CODEC, Flow.CODEC)) {
                FlowKey here = key(40_000, 7);
                FlowKey alsoHere = key(40_001, 7);
                FlowKey elsewhere = key(40_000, 8);
                for (FlowKey key : Set.of(here, alsoHere, elsewhere)) {
                    flows.update(key, FLOW);
                }
                ExpireArgs answer = expire.call(ExpireArgs.CODEC, ExpireArgs.device(new DeviceKey(7, 3)))
                        .argument();
                assertEquals(3, answer.visited());
                assertEquals(2, answer.deleted());
                assertNotEquals(0, answer.nowNanos());
                Set<FlowKey> left = new HashSet<>();
                flows.forEach((key, flow) -> {
                    assertEquals(FLOW, flow);
                    left.add(key);
                });
                assertEquals(Set.of(elsewhere), left);
            }
        }
    }

    private static FlowKey key(int port, int ifindex) {
        return new FlowKey(IpAddress.parse("192.0.2.1"), IpAddress.parse("198.51.100.1"), port, 443, ifindex, 3, 6);
    }
}
