// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import java.util.List;

/// A loopback that nobody has set up: a new namespace has one that is down.
final class Loopbacks {
    private static final String LO = "lo";

    private Loopbacks() {}

    static List<Finding> find(HostState host) {
        return host.spaces().stream()
                .filter(space -> space.ports().values().stream()
                        .anyMatch(
                                port -> port.name().equals(LO) && !port.device().up()))
                .map(space -> Finding.error(
                        Pitfall.LOOPBACK_DOWN,
                        space.where(),
                        "its loopback is down",
                        "whatever talks to itself in there, by 127.0.0.1, ::1 or an address of its own, gets no answer",
                        space.ip("link set dev lo up")))
                .toList();
    }
}
