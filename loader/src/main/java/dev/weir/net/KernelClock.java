// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.bpf.ffi.Libc;

/// The clock that the kernel programs stamp flows with.
public final class KernelClock {
    private KernelClock() {}

    /// Nanoseconds of CLOCK_MONOTONIC, which `bpf_ktime_get_ns` reads too. It stands still while the host is
    /// suspended.
    public static long monotonicNanos() {
        return checked("read CLOCK_MONOTONIC", Libc.clock_gettime(Libc.CLOCK_MONOTONIC));
    }

    /// How long a jiffy lasts: the resolution of the coarse clocks is `TICK_NSEC` (`posix_get_coarse_res` in
    /// `kernel/time/posix-timers.c`), so no file of the kernel's configuration need be found.
    public static long jiffyNanos() {
        return checked("read the resolution of CLOCK_MONOTONIC_COARSE", Libc.clock_getres(Libc.CLOCK_MONOTONIC_COARSE));
    }

    private static long checked(String operation, long nanos) {
        if (nanos < 0) {
            throw NetException.refused(operation, (int) -nanos);
        }
        return nanos;
    }
}
