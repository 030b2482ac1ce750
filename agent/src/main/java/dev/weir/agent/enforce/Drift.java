// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.ExpireArgs;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// Something in the kernel that is not as the agent made it, and that the agent did not do.
///
/// @param what is, or was, wrong: a sentence
/// @param remedy what to do; empty where the agent repairs it
/// @param since when it was seen first
/// @param ended when it was over, by the agent or by somebody else; null while it lasts
public record Drift(
        Kind kind,
        Place place,
        String what,
        String remedy,
        Instant since,
        @Nullable Instant ended) {
    /// How the hooks of a device are called: both of TCX, or that in the driver.
    public static final String TCX = "tcx";

    public static final String XDP = "xdp";

    /// What can be wrong.
    public enum Kind {
        /// A device lost the programs; they are attached again.
        LINK_MISSING,
        /// The programs were on a device twice; the second ones are taken off.
        DUPLICATE,
        /// A program of others decides before Weir does.
        FOREIGN,
        /// Another Weir judges on the same device.
        OTHER_WEIR,
        /// A pin was taken away; it is pinned again.
        PIN_MISSING,
        /// There is no place for pins.
        NO_BPFFS,
        MAP_FULL
    }

    /// Where it is.
    ///
    /// @param namespace behind the device; empty where it is about no device
    /// @param device its name; outside the host's vantage that of its own is in front
    /// @param key 0 where it is about no device
    /// @param hook `tcx` or `xdp`
    public record Place(String namespace, String device, DeviceKey key, String hook) {
        /// About no device.
        static final Place HOST = new Place("", "", ExpireArgs.NO_DEVICE, "");

        /// Whether it is about a device.
        public boolean isDevice() {
            return !key.equals(ExpireArgs.NO_DEVICE);
        }

        private String prefix() {
            return isDevice() ? "device %s of namespace %s: ".formatted(device, namespace) : "";
        }
    }

    /// Lasts from now on.
    static Drift found(Kind kind, Place place, String what, String remedy) {
        return new Drift(kind, place, what, remedy, now(), null);
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    /// The same, but over.
    Drift end() {
        return new Drift(kind, place, what, remedy, since, now());
    }

    /// Whether both tell of one thing.
    boolean is(Drift other) {
        return kind == other.kind && place.equals(other.place) && what.equals(other.what);
    }

    /// For the log and for events.
    public String sentence() {
        if (ended != null) {
            return place.prefix() + what + "; it is put right";
        }
        return place.prefix() + what + (remedy.isEmpty() ? "" : "; " + remedy);
    }
}
