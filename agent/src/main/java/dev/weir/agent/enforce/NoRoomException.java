// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.Limits;

/// The policies or the devices are more than the maps hold. What is in force stays.
final class NoRoomException extends Exception {
    private static final long serialVersionUID = 1;

    /// Images do not fit.
    NoRoomException(long bytes, long used) {
        super(
                "the policies compile to %,d new bytes beside %,d in force, and there is room for %,d in all; use fewer or simpler rules"
                        .formatted(bytes, used, Limits.IMAGES_BYTES));
    }

    /// A namespace has no number, in this turn: those that others had are given out again in the next.
    NoRoomException(String namespace) {
        super("namespace %s cannot be enforced yet, all %,d numbers of namespaces are taken; it is tried again"
                .formatted(namespace, Limits.MAX_NUMBER - Limits.HOST_NUMBER));
    }

    /// Devices do not fit.
    NoRoomException(int devices) {
        super("device number %,d cannot be enforced, there is room for %,d; exclude namespaces in weir.yaml"
                .formatted(devices, Limits.MAX_ENDPOINTS - 1));
    }
}
