// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// What the ring `weir_ended` carries: a flow as it was when `weir_expire` deleted it; C side `struct weir_ended_flow`.
///
/// @param purged whether its device went; else it was idle
public record EndedFlow(FlowKey key, boolean purged, Flow flow) {
    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_ended_flow",
            FlowKey.CODEC.layout().withName("key"),
            U32.withName("purged"),
            Flow.CODEC.layout().withName("flow"));

    private static final int KEY = Layouts.offset(LAYOUT, "key");
    private static final int PURGED = Layouts.offset(LAYOUT, "purged");
    private static final int FLOW = Layouts.offset(LAYOUT, "flow");

    public static final Codec<EndedFlow> CODEC = new StructCodec<>(LAYOUT, EndedFlow::write, EndedFlow::read);

    private void write(MemorySegment target) {
        FlowKey.CODEC.encode(key, target.asSlice(KEY));
        target.set(U32, PURGED, purged ? 1 : 0);
        Flow.CODEC.encode(flow, target.asSlice(FLOW));
    }

    private static EndedFlow read(MemorySegment source) {
        return new EndedFlow(
                FlowKey.CODEC.decode(source.asSlice(KEY)),
                source.get(U32, PURGED) != 0,
                Flow.CODEC.decode(source.asSlice(FLOW)));
    }
}
