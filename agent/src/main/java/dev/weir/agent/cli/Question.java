// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.policy.yaml.ExactService;
import org.jspecify.annotations.Nullable;

/// What `weir explain` and `weir why` are asked: what becomes of one opening of a flow. A namespace or a device is
/// named, or both.
/// @param namespace whose traffic; null: that of the device, whatever is behind it
/// @param device the host-side device, where one was named
/// @param direction as the namespace sees it
/// @param peer the address of the other side
public record Question(
        @Nullable String namespace,
        @Nullable String device,
        Direction direction,
        IpAddress peer,
        ExactService service) {}
