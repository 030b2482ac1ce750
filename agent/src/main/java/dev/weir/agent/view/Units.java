// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.IpAddress;
import java.util.Locale;

/// What is counted, as people read it: numbers in at most four digits, and the ends of flows.
public final class Units {
    private Units() {}

    /// In powers of 1,024: `512 B`, `1.5 KiB`.
    public static String bytes(long bytes) {
        return scaled(bytes, 1024, " B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB");
    }

    /// In powers of 1,000: `512`, `1.5k`.
    public static String count(long count) {
        return scaled(count, 1000, "", "k", "M", "G", "T", "P", "E");
    }

    /// The two largest units: `5s`, `2m 5s`, `1h 2m`, `3d 4h`.
    public static String age(long seconds) {
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m " + seconds % 60 + "s";
        }
        if (seconds < 86400) {
            return seconds / 3600 + "h " + seconds / 60 % 60 + "m";
        }
        return seconds / 86400 + "d " + seconds / 3600 % 24 + "h";
    }

    /// One end of a flow: `192.0.2.1:80`, `[2001:db8::1]:80`.
    public static String endpoint(IpAddress address, int port) {
        return (address.isV4() ? address.toString() : "[" + address + "]") + ":" + port;
    }

    private static String scaled(long value, int base, String... units) {
        double rest = (double) value;
        int unit = 0;
        while (rest >= base - 0.5 && unit < units.length - 1) {
            rest /= base;
            unit++;
        }
        String number = unit == 0 || rest >= 99.95
                ? String.valueOf(Math.round(rest))
                : String.format(Locale.ROOT, "%.1f", rest);
        return number + units[unit];
    }
}
