// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

/// What the kernel or libbpf refused. The message says what was attempted, on what, why it failed and what to do.
/// Expected answers are no exceptions: a key that is not in a map is an empty [java.util.Optional].
public abstract sealed class BpfException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private BpfException(String message) {
        super(message);
    }

    /// The exception for a call that returned a negative errno.
    ///
    /// @param attempt such as `look up in weir_flows`
    static BpfException of(String attempt, int result) {
        return of(attempt, result, "");
    }

    /// As above.
    ///
    /// @param remedy what the user does; empty where only the errno can tell
    static BpfException of(String attempt, int result, String remedy) {
        Errno errno = Errno.of(result);
        return switch (errno.number()) {
            case Errno.EPERM, Errno.EACCES ->
                new NotPermitted(
                        sentence(attempt, errno, "run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_SYS_ADMIN"));
            case Errno.ENOSYS -> new Unsupported(attempt + ": " + errno, "run a kernel with CONFIG_BPF_SYSCALL");
            default -> new Failed(sentence(attempt, errno, remedy.isEmpty() ? usual(errno) : remedy), errno.number());
        };
    }

    private static String sentence(String attempt, Errno errno, String remedy) {
        return attempt + ": " + errno + (remedy.isEmpty() ? "" : "; " + remedy);
    }

    private static String usual(Errno errno) {
        return switch (errno.name()) {
            case "ENOMEM" -> "free memory, or raise the memory limit of the service";
            case "E2BIG" -> "raise the map's size";
            case "EMFILE" -> "raise the limit of open files (ulimit -n)";
            case "ENODEV" -> "the device went, or lives in another network namespace";
            default -> "";
        };
    }

    /// The verifier found that a program might do harm; the message begins with what it said last.
    public static final class VerifierRejected extends BpfException {
        private static final long serialVersionUID = 1;
        private final String log;

        VerifierRejected(String program, int result, String log) {
            super("load " + program + ": the kernel's verifier rejected it ("
                    + Errno.of(result).name() + "): " + lastLine(log) + System.lineSeparator() + log);
            this.log = log;
        }

        /// The whole log; of a very long one, its end.
        public String log() {
            return log;
        }

        /// The line that gives the reason: the last before the statistics.
        private static String lastLine(String log) {
            return log.lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("processed "))
                    .reduce("", (earlier, later) -> later)
                    .strip();
        }
    }

    /// The kernel or libbpf lacks something that Weir needs.
    public static final class Unsupported extends BpfException {
        private static final long serialVersionUID = 1;

        private final String reason;
        private final String remedy;

        Unsupported(String reason, String remedy) {
            super(reason + "; " + remedy);
            this.reason = reason;
            this.remedy = remedy;
        }

        /// What is missing.
        public String reason() {
            return reason;
        }

        /// What the user can do.
        public String remedy() {
            return remedy;
        }
    }

    /// The process lacks a capability.
    public static final class NotPermitted extends BpfException {
        private static final long serialVersionUID = 1;

        NotPermitted(String message) {
            super(message);
        }
    }

    /// A map, program or link is not what the Java side takes it for; nothing was read or written.
    public static final class AbiMismatch extends BpfException {
        private static final long serialVersionUID = 1;

        AbiMismatch(String what, String difference) {
            super(what + ": " + difference + "; it was made by another version of Weir or by something else");
        }
    }

    /// Any other refusal.
    public static final class Failed extends BpfException {
        private static final long serialVersionUID = 1;
        private final int errno;

        Failed(String message, int errno) {
            super(message);
            this.errno = errno;
        }

        public Errno errno() {
            return Errno.of(-(long) errno);
        }
    }
}
