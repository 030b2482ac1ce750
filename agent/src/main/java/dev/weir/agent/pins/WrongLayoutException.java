// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

/// What is pinned was made by another version of Weir, which lays its maps out in another way; it is left as it is. The
/// message says what to do.
public final class WrongLayoutException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private WrongLayoutException(String message) {
        super(message);
    }

    /// For whoever only reads.
    static WrongLayoutException unreadable(PinPaths pins, int found, int known) {
        if (found > known) {
            return newer(pins, found, known);
        }
        return new WrongLayoutException(
                found == 0
                        ? "the maps pinned under %s are not whole; `weir run` makes them whole".formatted(pins.root())
                        : "the maps pinned under %s have layout %d, this weir reads layout %d; `weir run` of this version takes over what they hold, or use the weir of the agent that made them"
                                .formatted(pins.root(), found, known));
    }

    /// Nothing here knows what a newer layout means.
    public static WrongLayoutException newer(PinPaths pins, int found, int known) {
        return new WrongLayoutException(
                "the maps pinned under %s have layout %d, made by a newer version of Weir; this one reads layout %d and leaves them enforcing as they do; use the newer version, or give up flows, counters and enforcement with `weir detach` and start again"
                        .formatted(pins.root(), found, known));
    }

    /// Some devices are judged by maps of one layout, some by those of another.
    public static WrongLayoutException unfinished(PinPaths pins, int from, int to, int known) {
        return new WrongLayoutException(
                "an upgrade of the maps pinned under %s from layout %d to %d was not finished, and this version has layout %d; start the version with layout %d once more, which ends it"
                        .formatted(pins.root(), from, to, known, to));
    }
}
