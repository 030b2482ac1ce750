// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.IpAddress;
import java.util.List;

/// A tenant and what its devices carried.
/// @param inode of its nsfs file; 0 when it is not known
/// @param addresses that it holds
/// @param refusedAddresses claims of it that are not granted, the first [#MAX_REFUSED] of them; empty without an agent
/// @param policies names, in the order of judgement
/// @param flows live now
/// @param packetsEgress what left it, dropped or not; bytes are as on the wire
/// @param drops packets dropped, both directions, all reasons
/// @param answers RSTs and ICMP errors that Weir sent for refused packets, to either side
/// @param answersSuppressed refused packets whose answer was one too many, or could not be made
public record NamespaceView(
        String name,
        long inode,
        List<String> devices,
        List<IpAddress> addresses,
        List<RefusedAddress> refusedAddresses,
        List<String> policies,
        long flows,
        long packetsEgress,
        long packetsIngress,
        long bytesEgress,
        long bytesIngress,
        long drops,
        long answers,
        long answersSuppressed) {
    /// More refused claims of one namespace are not listed.
    public static final int MAX_REFUSED = 16;

    public NamespaceView {
        devices = List.copyOf(devices);
        addresses = List.copyOf(addresses);
        refusedAddresses = List.copyOf(refusedAddresses);
        policies = List.copyOf(policies);
    }

    /// An address that the namespace claims and is not granted.
    /// @param address an IP or an Ethernet address
    /// @param reason as in `namespace blue holds it`
    public record RefusedAddress(String address, String reason) {}

    /// The answer of `/api/v1/namespaces`.
    public record Listing(List<NamespaceView> namespaces) {
        public Listing {
            namespaces = List.copyOf(namespaces);
        }
    }
}
