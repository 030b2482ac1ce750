// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

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

    /// Tells builds of an object apart: the first eight bytes of its SHA-256.
    ///
    /// @throws IllegalArgumentException as [#bytes(String)]
    public static long identity(String name) {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes(name)))
                    .getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
