// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import java.util.Comparator;
import java.util.Optional;

/// A namespace says, or weir.yaml says for it, that it holds an address on one of its segments.
record Claim(String namespace, int number, Place place, Standing standing) {
    /// Those that may be granted come first.
    static final Comparator<Claim> ORDER = Comparator.comparing(Claim::place)
            .thenComparingInt(Claim::number)
            .thenComparing(claim -> claim.standing().reason().isPresent());

    /// What speaks for a claim, or against it.
    enum Standing {
        /// Link-local, within a subnet of the host side, or declared: weighed on its segment alone.
        OF_SEGMENT(""),
        /// The host's own route leads to it directly: granted if nobody else in the vantage holds the address.
        ROUTED(""),
        /// The host side has no subnet of its family, and so says nothing: granted likewise, for this segment only.
        UNKNOWN(""),
        OF_HOST("the host holds it"),
        OF_NOBODY("no host can have it"),
        OUTSIDE("it is outside the subnets of the host side"),
        UNDECLARED("it is not declared for this namespace");

        private final String reason;

        Standing(String reason) {
            this.reason = reason;
        }

        /// Why it cannot be granted to anybody; empty if it can.
        Optional<String> reason() {
            return reason.isEmpty() ? Optional.empty() : Optional.of(reason);
        }
    }
}
