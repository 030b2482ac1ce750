// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.bpf.probe.Support;
import java.nio.file.Path;
import java.util.List;

/// What the kernel offers this process.
///
/// @param pins where Weir pins
/// @param missingCapabilities those that an agent needs and this process has not, such as `CAP_NET_ADMIN`
record Machine(Path pins, Support bpffs, Support bpf, Support tcx, List<String> missingCapabilities) {
    Machine {
        missingCapabilities = List.copyOf(missingCapabilities);
    }
}
