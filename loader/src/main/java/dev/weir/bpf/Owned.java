// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import dev.weir.bpf.ffi.Libc;
import java.util.function.Function;

/// Makes a handle around a descriptor, and closes the descriptor if that fails.
final class Owned {
    private Owned() {}

    static <T> T handle(int fd, Function<MapInfo, T> open) {
        try {
            return open.apply(MapInfo.read(fd, "a map"));
        } catch (RuntimeException e) {
            Libc.close(fd);
            throw e;
        }
    }
}
