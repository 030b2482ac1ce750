// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/// The objects of `src/test/bpf`.
final class Sample {
    private Sample() {}

    /// The sample, not loaded yet.
    static BpfObject open() {
        return BpfObject.open("sample", bytes("sample"));
    }

    static BpfObject loaded() {
        BpfObject object = open();
        try {
            object.load();
            return object;
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
    }

    static byte[] bytes(String name) {
        try (InputStream in = Objects.requireNonNull(Sample.class.getResourceAsStream(name + ".bpf.o"), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
