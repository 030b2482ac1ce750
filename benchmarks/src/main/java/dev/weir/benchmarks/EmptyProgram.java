// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/// Programs that do nothing with a packet.
final class EmptyProgram {
    private EmptyProgram() {}

    /// @param name of its C function
    static BpfProgram load(String name) {
        try (InputStream in = Objects.requireNonNull(
                        EmptyProgram.class.getResourceAsStream("empty.bpf.o"), "empty.bpf.o is not built");
                BpfObject object = BpfObject.open("empty", in.readAllBytes())) {
            object.load();
            return object.program(name);
        } catch (IOException e) {
            throw new UncheckedIOException("read empty.bpf.o", e);
        }
    }
}
