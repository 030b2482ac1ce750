// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.lab.Lab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Namespaces `n0`, `n1` and so on of a lab, each behind a veth of its own.
final class Crowd {
    /// What all of them are selected by.
    static final String ALL = "n*";

    private final Lab lab;
    private int size;

    Crowd(Lab lab) {
        this.lab = lab;
    }

    /// Lets it grow to so many, which takes some 30 ms for each.
    Crowd grow(int wanted) {
        for (; size < wanted; size++) {
            lab.routed("n" + size, address(2 * size + 1), address(2 * size));
        }
        return this;
    }

    int size() {
        return size;
    }

    /// The host's device of a namespace.
    static String device(int number) {
        return "veth-n" + number;
    }

    /// The number of a device of the host.
    static int ifindex(String device) {
        try {
            return Integer.parseInt(Files.readString(Path.of("/sys/class/net", device, "ifindex"))
                    .strip());
        } catch (IOException e) {
            throw new UncheckedIOException("read the index of " + device, e);
        }
    }

    private static String address(int number) {
        return "10.64.%d.%d/31".formatted(number >> 8, number & 0xff);
    }
}
