// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.MapHandle;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Whose the programs are that share a hook with those of Weir. The enforcer's own, for its one thread.
final class Neighbours {
    private static final Set<String> NAMES = Set.of("weir_tcx_in", "weir_tcx_eg");

    private final MapHandle state;
    private Map<Integer, Program> known = new HashMap<>();
    private Map<Integer, Program> met = new HashMap<>();

    /// @param state the map that every program of this Weir uses
    Neighbours(MapHandle state) {
        this.state = state;
    }

    /// Whose a program is.
    enum Owner {
        WEIR,
        OTHER_WEIR,
        OTHERS
    }

    record Program(String name, Owner owner) {}

    /// Who it is; the kernel is asked once, and does not give the number to another program soon.
    Program program(int id) {
        Program program = known.get(id);
        if (program == null) {
            program = ask(id);
        }
        met.put(id, program);
        return program;
    }

    /// Forgets what was not met since the last call.
    void forgetOthers() {
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
            return new Program(name, open.uses(state) ? Owner.WEIR : Owner.OTHER_WEIR);
        }
    }
}
