// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A tenant and what its devices carried.
/// @param inode of its nsfs file; 0 when it is not known
/// @param processes in it now
/// @param owner the user (UID) that its first process runs as; null when none is in it
/// @param addresses that it holds
/// @param refusedAddresses claims of it that are not granted, the first [#MAX_REFUSED] of them; empty without an agent
/// @param policies names, in the order of judgement
/// @param flows live now
/// @param packetsEgress what left it, dropped or not; bytes are as on the wire
/// @param drops packets dropped, both directions, all reasons
/// @param dropsByReason the same told apart, those of which there were any
/// @param answers RSTs and ICMP errors that Weir sent for refused packets, to either side
/// @param answersSuppressed refused packets whose answer was one too many, or could not be made
/// @param rates null where only one look was taken
public record NamespaceView(
        String name,
        Kind kind,
        long inode,
        int processes,
        @Nullable Integer owner,
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
        List<Drops> dropsByReason,
        long answers,
        long answersSuppressed,
        @Nullable Rates rates) {
    /// More refused claims of one namespace are not listed.
    public static final int MAX_REFUSED = 16;

    public NamespaceView {
        devices = List.copyOf(devices);
        addresses = List.copyOf(addresses);
        refusedAddresses = List.copyOf(refusedAddresses);
        policies = List.copyOf(policies);
        dropsByReason = List.copyOf(dropsByReason);
    }

    /// As what it is known.
    public enum Kind {
        /// By a name under `/run/netns`.
        NAMED,
        /// By a process in it.
        ANONYMOUS,
        /// As that of a container.
        CONTAINER,
        /// Not at all: it is a device that leads to no namespace.
        DEVICE;

        @JsonValue
        @Override
        public String toString() {
            return Words.of(this);
        }
    }

    /// Packets that were dropped, never 0.
    public record Drops(Direction direction, DropReason reason, long packets) {}

    /// What its devices carried in each second, dropped or not; bytes are as on the wire.
    public record Rates(long packetsEgress, long packetsIngress, long bytesEgress, long bytesIngress) {}

    /// This one with its rates since an earlier look; without any where that saw another one.
    ///
    /// @param seconds that have passed since
    public NamespaceView since(NamespaceView before, double seconds) {
        if (before.inode != inode || before.packetsEgress > packetsEgress || before.packetsIngress > packetsIngress) {
            return this;
        }
        return new NamespaceView(
                name,
                kind,
                inode,
                processes,
                owner,
                devices,
                addresses,
                refusedAddresses,
                policies,
                flows,
                packetsEgress,
                packetsIngress,
                bytesEgress,
                bytesIngress,
                drops,
                dropsByReason,
                answers,
                answersSuppressed,
                new Rates(
                        Math.round((packetsEgress - before.packetsEgress) / seconds),
                        Math.round((packetsIngress - before.packetsIngress) / seconds),
                        Math.round((bytesEgress - before.bytesEgress) / seconds),
                        Math.round((bytesIngress - before.bytesIngress) / seconds)));
    }

    /// An address that the namespace claims and is not granted.
    /// @param address an IP or an Ethernet address
    /// @param reason as in `namespace blue holds it`
    public record RefusedAddress(String address, String reason) {}

    /// The answer of `/api/v1/namespaces`.
    ///
    /// @param hostAddresses what the vantages themselves hold
    public record Listing(List<NamespaceView> namespaces, List<IpAddress> hostAddresses) {
        public Listing {
            namespaces = List.copyOf(namespaces);
            hostAddresses = List.copyOf(hostAddresses);
        }
    }
}
