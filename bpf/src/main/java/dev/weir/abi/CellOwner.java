// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U16;
import static dev.weir.abi.Layouts.U8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.jspecify.annotations.Nullable;

/// Value of `weir_cell_owners`: what a cell of `weir_cells` counts; C side `struct weir_cell_owner`. Only agents read
/// and write it; it lets an agent that starts find the counters of its rules again.
///
/// @param slot of `weir_endpoints`, 0 to 65,535
/// @param direction of the rule
/// @param policy at most 63 bytes; empty: the `unselected` of weir.yaml
/// @param rule at most 63 bytes
public record CellOwner(int slot, Direction direction, Verdict verdict, String policy, String rule) {
    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_cell_owner",
            U16.withName("slot"),
            U8.withName("direction"),
            U8.withName("verdict"),
            Layouts.array(4, U8, "pad"),
            Layouts.array(Limits.NAME_BYTES, U8, "policy"),
            Layouts.array(Limits.NAME_BYTES, U8, "rule"));

    private static final int SLOT = Layouts.offset(LAYOUT, "slot");
    private static final int DIRECTION = Layouts.offset(LAYOUT, "direction");
    private static final int VERDICT = Layouts.offset(LAYOUT, "verdict");
    private static final int POLICY = Layouts.offset(LAYOUT, "policy");
    private static final int RULE = Layouts.offset(LAYOUT, "rule");

    public static final Codec<CellOwner> CODEC = new StructCodec<>(LAYOUT, CellOwner::write, CellOwner::read);

    public CellOwner {
        Layouts.checkUnsigned("slot", slot, 16);
        Layouts.checkName("policy", policy, Limits.NAME_BYTES);
        Layouts.checkName("rule", rule, Limits.NAME_BYTES);
    }

    /// By hand, as [DeviceKey#equals].
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CellOwner owner
                && owner.slot == slot
                && owner.direction == direction
                && owner.verdict == verdict
                && owner.rule.equals(rule)
                && owner.policy.equals(policy);
    }

    @Override
    public int hashCode() {
        int names = 31 * rule.hashCode() + policy.hashCode();
        return 31 * names + (slot << 4 | direction.number() << 2 | verdict.number());
    }

    private void write(MemorySegment target) {
        target.set(U16, SLOT, (short) slot);
        target.set(U8, DIRECTION, (byte) direction.number());
        target.set(U8, VERDICT, (byte) verdict.number());
        Layouts.name(target, POLICY, policy);
        Layouts.name(target, RULE, rule);
    }

    private static CellOwner read(MemorySegment source) {
        return new CellOwner(
                Short.toUnsignedInt(source.get(U16, SLOT)),
                Direction.of(source.get(U8, DIRECTION)),
                Verdict.of(source.get(U8, VERDICT)),
                Layouts.name(source, POLICY, Limits.NAME_BYTES),
                Layouts.name(source, RULE, Limits.NAME_BYTES));
    }
}
