// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.MapHandle;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Whose the programs are that share a hook with those of Weir, or stand where those should. For one thread.
public final class Programs {
    private static final Set<String> NAMES = Set.of("weir_tcx_in", "weir_tcx_eg");

    private final @Nullable MapHandle state;
    private Map<Integer, Program> known = new HashMap<>();
    private Map<Integer, Program> met = new HashMap<>();

    /// @param state the map that every program of this Weir uses; null: it has none
    public Programs(@Nullable MapHandle state) {
        this.state = state;
    }

    /// Whose a program is.
    public enum Owner {
        WEIR,
        OTHER_WEIR,
        OTHERS
    }

    /// A program.
    public record Program(String name, Owner owner) {}

    /// Who it is; the kernel is asked once, and does not give the number to another program soon.
    public Program program(int id) {
        Program program = known.get(id);
        if (program == null) {
            program = ask(id);
        }
        met.put(id, program);
        return program;
    }

    /// Forgets what was not met since the last call.
    public void forgetOthers() {
        known = met;
        met = new HashMap<>();
    }

    private Program ask(int id) {
        BpfProgram open = BpfProgram.openById(id).orElse(null);
        if (open == null) {
            return new Program("that is gone again", Owner.OTHERS);
        }
        try (open) {
            String name = open.info().name();
            if (!NAMES.contains(name)) {
                return new Program(name, Owner.OTHERS);
            }
            return new Program(name, state != null && open.uses(state) ? Owner.WEIR : Owner.OTHER_WEIR);
        }
    }
}
