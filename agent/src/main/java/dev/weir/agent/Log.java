// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// What the agent tells its operator: a line each on standard error, with time and level. A service manager keeps
/// them.
public final class Log {
    /// Set to 1, it shows the stack trace of what went wrong.
    public static final String DEBUG = "WEIR_DEBUG";

    private Log() {}

    public static void info(String message) {
        write("info", message);
    }

    public static void warn(String message) {
        write("warn", message);
    }

    public static void error(String message) {
        write("error", message);
    }

    /// An error with its cause, whose trace is shown where [#DEBUG] asks for it.
    public static void failure(String message, Throwable cause) {
        error(message);
        if ("1".equals(System.getenv(DEBUG))) {
            cause.printStackTrace(System.err);
        }
    }

    /// Names of namespaces and devices come from others: what could steer a terminal is shown as `?`.
    private static void write(String level, String message) {
        String safe = message.replaceAll("[\\p{Cntrl}&&[^\\t]]", "?");
        System.err.println(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + level + " " + safe);
    }
}
