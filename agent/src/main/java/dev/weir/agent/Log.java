// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/// What the agent tells its operator: a line each on standard error, with time and level. A service manager keeps
/// them. Logging never fails and never waits: see [LogWriter].
public final class Log {
    /// Set to 1, it shows the stack trace of what went wrong.
    public static final String DEBUG = "WEIR_DEBUG";

    private static final Pattern STEERING = Pattern.compile("[\\p{Cntrl}&&[^\\t]]");

    private static final int MAX_WAITING = 1000;
    private static final long FLUSH_MILLIS = 1000;

    private static final LogWriter WRITER = new LogWriter(
            System.err,
            MAX_WAITING,
            lost -> line("warn", lost + " lines of this log were lost: they could not be written, or not as fast"));

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
            StringWriter trace = new StringWriter();
            cause.printStackTrace(new PrintWriter(trace));
            WRITER.add(trace.toString().stripTrailing());
        }
    }

    /// For a process that is Weir's alone: writes past [System#err], which does not say what it could not write.
    static void own() {
        WRITER.to(new FileOutputStream(FileDescriptor.err));
    }

    /// Before the process ends: waits until all is written, for a second at most.
    public static void flush() {
        WRITER.flush(FLUSH_MILLIS);
    }

    private static void write(String level, String message) {
        WRITER.add(line(level, message));
    }

    /// Names of namespaces and devices come from others: what could steer a terminal is shown as `?`.
    private static String line(String level, String message) {
        String safe = STEERING.matcher(message).replaceAll("?");
        return Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + level + " " + safe;
    }
}
