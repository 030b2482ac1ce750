// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The addresses of [SamplePolicies], as a file for `bpftool batch`: `xdp-filter` itself takes one at a time, a
/// process each, and does the same.
final class XdpFilterRules {
    private static final String MAP = "/sys/fs/bpf/xdp-filter/filter_ipv4"; // has room for 10,000

    /// What `xdp-filter ip -m src` writes: a flag, in the order of bytes of this processor, and a counter above it.
    private static final String SOURCE = "1 0 0 0 0 0 0 0";

    private XdpFilterRules() {}

    /// An entry an address, from which nothing may come.
    static String addresses(int count) {
        return IntStream.range(0, count)
                .mapToObj(n -> "map update pinned %s key %s value %s\n".formatted(MAP, key(n), SOURCE))
                .collect(Collectors.joining());
    }

    private static String key(int n) {
        return SamplePolicies.peer(n).toString().replace('.', ' ');
    }
}
