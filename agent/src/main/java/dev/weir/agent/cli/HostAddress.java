// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.policy.Cidr;

/// An address that a device gets, with the length of its subnet: `10.0.0.2/24`.
///
/// @param length of the subnet's prefix, in bits of the address's own family
public record HostAddress(IpAddress address, int length) {
    /// @throws IllegalArgumentException if no host can have it
    public HostAddress {
        if (!WeirConfig.Namespaces.canHold(address)) {
            throw new IllegalArgumentException("no namespace can hold " + address);
        }
        if (length < 1 || length > Cidr.bits(address)) {
            throw new IllegalArgumentException(
                    "the prefix length of %s is %d, not 1 to %d".formatted(address, length, Cidr.bits(address)));
        }
    }

    /// Reads `10.0.0.2/24`.
    ///
    /// @throws IllegalArgumentException if the text is something else
    public static HostAddress parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("\\d{1,3}")) {
            throw new IllegalArgumentException("`" + text + "` has no prefix length, expected such as 10.0.0.2/24");
        }
        return new HostAddress(IpAddress.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    /// The subnet that it is in.
    public Cidr subnet() {
        return Cidr.around(address, length);
    }

    @Override
    public String toString() {
        return address + "/" + length;
    }
}
