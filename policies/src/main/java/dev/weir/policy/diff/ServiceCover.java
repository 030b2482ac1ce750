// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.policy.Service;
import java.util.ArrayList;
import java.util.List;

/// Says a set of services by as few of the policies' words as possible: those that it holds but for a few, and these
/// few.
final class ServiceCover {
    private static final int PORTS = Service.MAX_PORT + 1;

    private ServiceCover() {}

    /// @param ranges ascending keys (`protocol << 16 | port`), by turns the first of a range and the one after its
    ///     last; at least one range
    static Cover<Service> of(int... ranges) {
        List<Service> in = new ArrayList<>();
        List<Service> but = new ArrayList<>();
        List<Service> without = new ArrayList<>();
        int at = 0;
        for (int protocol = 0; protocol <= Service.MAX_PROTOCOL; protocol++) {
            int first = protocol * PORTS;
            while (at < ranges.length && ranges[at + 1] <= first) {
                at += 2;
            }
            List<Service> held = new ArrayList<>();
            List<Service> free = new ArrayList<>();
            int next = 0;
            for (int i = at; i < ranges.length && ranges[i] < first + PORTS; i += 2) {
                int from = Math.max(ranges[i] - first, 0);
                int end = Math.min(ranges[i + 1] - first, PORTS);
                add(free, protocol, next, from);
                add(held, protocol, from, end);
                next = end;
            }
            add(free, protocol, next, PORTS);
            without.addAll(free);
            if (1 + free.size() < held.size()) {
                in.add(Service.ofProtocol(protocol));
                but.addAll(free);
            } else {
                in.addAll(held);
            }
        }
        return 1 + without.size() < in.size() + but.size()
                ? new Cover<>(List.of(Service.ANY), without)
                : new Cover<>(in, but);
    }

    /// Adds the ports from `from` to before `end`. Ranges of ICMP are cut into whole types and single codes, since
    /// policies have no words for others; those of protocols without ports are whole.
    private static void add(List<Service> to, int protocol, int from, int end) {
        if (from == end) {
            return;
        }
        if (!Service.isIcmp(protocol) || end - from == PORTS) {
            to.add(new Service(protocol, from, end - 1));
            return;
        }
        for (int port = from; port < end; ) {
            boolean type = (port & 0xff) == 0 && end - port > 0xff;
            to.add(type ? Service.ofIcmpType(protocol, port >>> 8) : new Service(protocol, port, port));
            port += type ? 1 << 8 : 1;
        }
    }
}
