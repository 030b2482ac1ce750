// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One end of a device of a namespace, as the kernel counts there: what it received came in by this end.
///
/// @param device the host-side device, which both ends are of
/// @param end where this one is
/// @param name of this end, where it is
/// @param mtu bytes of a packet
/// @param queueLength packets that may wait to be sent (`txqueuelen`)
/// @param receivedDrops packets that came in and were dropped
/// @param sentDrops packets that were dropped in place of being sent
/// @param discipline that packets to be sent wait in, as tc(8) calls it
/// @param backlogPackets waiting in it now
/// @param disciplineDrops packets that it has dropped
public record InterfaceView(
        String device,
        End end,
        String name,
        boolean up,
        int mtu,
        int queueLength,
        long receivedPackets,
        long receivedBytes,
        long receivedDrops,
        long sentPackets,
        long sentBytes,
        long sentDrops,
        String discipline,
        long backlogPackets,
        long backlogBytes,
        long disciplineDrops) {

    /// Where an end of a device is.
    public enum End {
        /// In the vantage.
        OUTSIDE,
        /// In the namespace.
        INSIDE;

        @JsonValue
        @Override
        public String toString() {
            return Words.of(this);
        }
    }

    /// Reads the parameters of `/api/v1/interfaces`: the namespace.
    ///
    /// @throws BadQuery if it is missing, or there is another one
    public static String parse(Map<String, List<String>> parameters) throws BadQuery {
        Parameters in = new Parameters(parameters, Set.of("namespace"));
        String namespace = in.take("namespace", text -> text);
        in.check();
        if (namespace == null) {
            throw new BadQuery(List.of("namespace: it is missing, expected the name of one"));
        }
        return namespace;
    }

    /// A namespace with the ends of its devices.
    public record OfNamespace(NamespaceView namespace, List<InterfaceView> interfaces) {
        public OfNamespace {
            interfaces = List.copyOf(interfaces);
        }
    }

    /// The answer of `/api/v1/interfaces`.
    public record Listing(List<InterfaceView> interfaces) {
        public Listing {
            interfaces = List.copyOf(interfaces);
        }
    }
}
