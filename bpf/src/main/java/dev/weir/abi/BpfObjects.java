// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// The compiled BPF programs that the jar carries.
public final class BpfObjects {
    private BpfObjects() {}

    /// The ELF object compiled from `bpf/programs/NAME.bpf.c`.
    ///
    /// @throws IllegalArgumentException when the build made no such object
    public static byte[] bytes(String name) {
        try (InputStream in = BpfObjects.class.getResourceAsStream(name + ".bpf.o")) {
            if (in == null) {
                throw new IllegalArgumentException("no BPF object \"" + name + "\" in the jar; build module bpf");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("read BPF object " + name, e);
        }
    }
}
